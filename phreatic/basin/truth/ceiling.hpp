// SPDX-License-Identifier: BSD-3-Clause
// The ceiling: the explainer applied to the simulator itself instead of to a trained model. What expected
// gradients of the true function miss of the Shapley truth, no gradient-based attribution of a model
// can reach.
//   phi_g = E_r,alpha[ d/de f(r + alpha (x - r) + e (x - r)_g) at e = 0 ]
// Only the derivative along the group's own direction is needed: two runs of the window per group and draw
// (central difference), whatever the length of the window.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "phreatic/basin/truth/truth.hpp"

namespace phreatic::basin {

struct CeilingParams {
  TruthParams window;
  int alphas = 4;      // points on the path to each reference, stratified, shifted from one to the next
  double step = 1e-3;  // of the central difference, as a share of x - r
};
void describe(core::Describer& d, CeilingParams& p);

// As true_contributions(), by expected gradients: sum of by_group = level - reference_level up to the error
// of the path's sampling and of kinks of the simulator; that residual is for the caller to report.
std::vector<Contribution> simulator_expected_gradients(const Basin& basin, std::span<const TruthTask> tasks,
                                                       std::span<const DriverGroup> groups,
                                                       const CeilingParams& p);

// The simulator as a function of a window of drivers, with its gradient by central differences.
struct LevelGradient {
  double level_m = 0;
  // d level / d driver on each day of the window: m/mm, m/degC, m/mm, m/mm.
  std::array<std::vector<double>, kDriverCount> gradient;
};
// `steps` are the differences taken (mm, degC, mm, mm); where a driver (not temperature) is smaller than its
// step a one-sided difference is taken.
LevelGradient level_gradient(const WellModel& model, const Forcing& window, const WellState& start,
                             const std::array<double, kDriverCount>& steps = {0.01, 0.01, 0.01, 0.01});

}  // namespace phreatic::basin
