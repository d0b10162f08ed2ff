// SPDX-License-Identifier: BSD-3-Clause
// The run with natural recharge alone: what scenarios are compared with, and what features are made of.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/flow/steps/simulation.hpp"
#include "phreatic/studies/recharge/scenarios/ground.hpp"
#include "phreatic/studies/recharge/scenarios/losses.hpp"

namespace phreatic::studies::recharge {

// Columns of cells at the instants of the schedule: at the end of recharge, and at the end of every step after it.
struct ColumnSeries {
  std::vector<double> head_m;   // [instant * places] of the highest active cell that is not dry; NaN without
  std::vector<double> water_m;  // [instant * places] water that went into storage since recharge started
};

struct Baseline {
  ColumnSeries series;
  flow::SavedState start;  // at the start of recharge
  bool restarts = false;   // scenarios may go on from `start`: no package has unknowns of its own
  std::size_t not_converged = 0;
  std::vector<double> steady_heads;  // [cells] of the steady first period; empty without
  // [places] over the steps of recharge (wet) and after it (dry); NaN where no cell exists
  std::vector<double> wet_depth_m, dry_depth_m;  // of the table below the top of the grid
  std::vector<double> wet_thickness_m;           // [cells] mean saturated thickness while recharge flows
  std::vector<double> river_conductance, drain_conductance;  // [places] m2/d, 0 without
  std::vector<double> river;                                 // [places] 1 where a stream runs
  std::vector<double> drainage_level_m;  // [places] lowest river stage or drain elevation; NaN without
  // In the steady first period (empty without), and on average while recharge flows.
  Losses steady_losses, season_losses;
};

inline constexpr flow::EngineOptions kScenarioEngine = {
    .head_tolerance = 1e-6, .balance_tolerance = 1e-7, .large_model_ease = 1};
// Throws RunError when the baseline itself does not converge.
Baseline run_baseline(const Ground& ground, core::Context& context);

}  // namespace phreatic::studies::recharge
