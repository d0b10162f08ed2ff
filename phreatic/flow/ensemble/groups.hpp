// SPDX-License-Identifier: BSD-3-Clause
// The two ways in which a group of scenarios is advanced.
#pragma once

#include <span>
#include <vector>

#include "phreatic/flow/ensemble/ensemble.hpp"

namespace phreatic::flow {

// One group of scenarios and what is told of it.
struct ScenarioGroup {
  std::span<const Scenario> scenarios;
  std::size_t first = 0;              // index of its first scenario in the ensemble
  const std::vector<double>& dates;   // ends of steps at which heads are given out
  std::span<ScenarioResult> results;  // of its scenarios
  const HeadSink& sink;
  LaneParts parts = {};
};

// Simulation for each, side by side with the baseline. A scenario that fails is tried again with adaptive steps.
void run_alone(const Model& model, const ScenarioGroup& group, const std::vector<std::size_t>& which,
               const EngineOptions& options);

}  // namespace phreatic::flow
