// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/steps/outer/backtracking.hpp"

#include <algorithm>
#include <cmath>

namespace phreatic::flow {

double Backtracker::norm(const Engine& engine) {
  double sum = 0;
  for (std::size_t n = 0; n < engine.aquifer.layout.cells; ++n) {
    if (engine.state.ibound[n] > 0) sum += engine.residual[n] * engine.residual[n];
  }
  return std::sqrt(sum);
}

bool Backtracker::take_back(Engine& engine) const {
  double largest = 0;
  for (std::size_t n = 0; n < engine.aquifer.layout.cells; ++n) {
    if (engine.state.ibound[n] > 0)
      largest = std::max(largest, std::abs(engine.state.head[n] - engine.before[n]));
  }
  if (largest < settings_.outer_dvclose) return false;
  for (std::size_t n = 0; n < engine.aquifer.layout.cells; ++n) {
    if (engine.state.ibound[n] > 0)
      engine.state.head[n] = engine.before[n] + settings_.backtracking_reduction_factor *
                                                    (engine.state.head[n] - engine.before[n]);
  }
  return true;
}

}  // namespace phreatic::flow
