// SPDX-License-Identifier: BSD-3-Clause
// The true contribution of a group of drivers to a level: its Shapley value, with the simulator itself as the
// game (docs/methods/basin.md, section 7). For a target window x (the L days up to a date) and a reference
// window r, the value of a coalition S of groups is
//   v_r(S) = level at the end of the window when the groups in S have their drivers of x and all others
//            those of r, from the same state at the window's start,
//   phi_g = mean over r of sum over S without g of |S|! (G - |S| - 1)! / G! (v_r(S + g) - v_r(S)),
// so that sum_g phi_g = v(all) - mean_r v_r(none) exactly (shapley1953). Drivers in no group stay those of x.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "phreatic/basin/basin.hpp"

namespace phreatic::basin {

// The look-back days of a well up to and including day `last` of the basin's axis.
struct Window {
  std::size_t well = 0;
  std::size_t last = 0;
};

struct DriverGroup {
  std::string name;
  std::vector<Driver> drivers;
};
// precipitation; temperature (snow and frost); et_demand; pumping: one driver each.
std::vector<DriverGroup> standard_groups();

// Where all coalitions start: in the state that the well really had before the window (sum of contributions =
// true level - mean reference level), or in its neutral state (the level is then a function of the window
// alone, as it is for a model that sees no more).
enum class InitialState { history, neutral };

struct TruthParams {
  int look_back_days = 365;
  InitialState initial = InitialState::history;
};
void describe(core::Describer& d, TruthParams& p);

// A target with the references of its explanation: any windows of any wells whose drivers are then put on the
// target's well. Give the very windows that the explainer uses.
struct TruthTask {
  Window target;
  std::vector<Window> references;
};

// All in m. The standard errors say what taking these references for all possible ones leaves open.
struct Contribution {
  std::vector<double> by_group;
  std::vector<double> standard_error;
  double level = 0;            // v(all): with InitialState::history the true level
  double reference_level = 0;  // mean of v_r(none)
};

// One contribution per task, in their order; tasks run in parallel. Throws InputError when a window does not
// fit into the basin, a task has no reference or a driver is in two groups.
std::vector<Contribution> true_contributions(const Basin& basin, std::span<const TruthTask> tasks,
                                             std::span<const DriverGroup> groups, const TruthParams& p);

// Shapley values of a game of `players` from the values of all 2^players coalitions; bit i of the index says
// that player i is in. Their sum is values.back() - values.front().
std::vector<double> shapley_values(std::span<const double> values, std::size_t players);

// Reference windows of a well among the days [first, end) of training, both ends of a window inside:
// `count` of them evenly spread over the period (all when there are no more), or one per calendar year with
// the target's day of the year (whole years put in place of the target's; the target's own year left out).
std::vector<Window> spread_references(const Basin& basin, std::size_t well, std::size_t first,
                                      std::size_t end, std::size_t count, int look_back_days);
std::vector<Window> same_day_references(const Basin& basin, Window target, std::size_t first, std::size_t end,
                                        int look_back_days);

}  // namespace phreatic::basin
