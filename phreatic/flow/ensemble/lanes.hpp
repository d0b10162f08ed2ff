// SPDX-License-Identifier: BSD-3-Clause
// Scenarios in lanes: the baseline takes a step with Simulation, then every scenario takes the same step as a difference to
// it, in the window in which there is one (window_engine.hpp). A scenario stops by the criterion of Simulation's quick path.
// One that nears drying or does not converge leaves its lane.
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
