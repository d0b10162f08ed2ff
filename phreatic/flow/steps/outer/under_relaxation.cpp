// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/steps/outer/under_relaxation.hpp"

#include <algorithm>
#include <cmath>

namespace phreatic::flow {

double UnderRelaxer::cooley_factor(int iteration, double change) {
  double factor = 1;
  if (iteration == 1) {
    old_change_ = change;
  } else {
    const double es = change / (old_change_ * old_factor_);
    factor = es < -1 ? 0.5 / std::abs(es) : (3 + es) / (3 + std::abs(es));
  }
  old_factor_ = factor;
  const double gamma = settings_.under_relaxation_gamma;
  old_change_ = (1 - gamma) * change + gamma * old_change_;
  return std::min(factor, 1.0);
}

double UnderRelaxer::bar_delta(int iteration, std::size_t n, double delta) {
  if (iteration == 1) {
    weight_[n] = 1;
    history_[n] = 1e-20;
    last_[n] = 0;
  }
  double weight = weight_[n];
  weight = last_[n] * delta < 0 ? settings_.under_relaxation_theta * weight
                                : weight + settings_.under_relaxation_kappa;
  weight = std::min(weight, 1.0);
  weight_[n] = weight;
  const double gamma = settings_.under_relaxation_gamma;
  history_[n] = iteration == 1 ? delta : (1 - gamma) * delta + gamma * history_[n];
  last_[n] = delta;
  const double momentum = iteration > 4 ? settings_.under_relaxation_momentum : 0.0;
  return delta * weight + momentum * history_[n];
}

void UnderRelaxer::relax(const Layout& layout, int iteration, double change, const Padded<double>& before,
                         FlowState& state) {
  const UnderRelaxation kind = settings_.under_relaxation;
  if (kind == UnderRelaxation::none) return;
  if (kind == UnderRelaxation::dbd && weight_.empty()) {
    weight_.assign(layout.cells, 1.0);
    history_.assign(layout.cells, 1e-20);
    last_.assign(layout.cells, 0.0);
  }
  double factor = settings_.under_relaxation_gamma;
  if (kind == UnderRelaxation::cooley) factor = cooley_factor(iteration, change);
  for (std::size_t n = 0; n < layout.cells; ++n) {
    if (state.ibound[n] <= 0) continue;
    const double delta = state.head[n] - before[n];
    state.head[n] =
        before[n] + (kind == UnderRelaxation::dbd ? bar_delta(iteration, n, delta) : factor * delta);
  }
}

}  // namespace phreatic::flow
