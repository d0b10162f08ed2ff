// SPDX-License-Identifier: BSD-3-Clause
// Scenarios in lanes: the baseline takes a step with Simulation, then eight scenarios at a time take the same step from a
// warm start, the baseline's new head plus what they differed by before. Residuals are the engine's own, in double
// precision at each scenario's own heads (saturation, bounds, storage); corrections come from LaneSolver in floats. A
// scenario stops by the criterion of Simulation's quick path. One that nears drying or does not converge leaves its lane.
#pragma once

#include <string>
#include <vector>

#include "phreatic/flow/ensemble/groups.hpp"

namespace phreatic::flow {

// "" or why scenarios of this model cannot be advanced in lanes.
std::string lanes_cannot(const Model& model);

// Bytes that `lanes` scenarios need.
double lane_bytes(const Model& model, std::size_t lanes);

// Indices of scenarios that left their lanes (with the reason in `message`), or the reason why all of them did.
struct LaneOutcome {
  std::vector<std::size_t> left;
  std::string trouble;  // of the baseline
};
LaneOutcome run_in_lanes(const Model& model, const ScenarioGroup& group, const EngineOptions& options);

}  // namespace phreatic::flow
