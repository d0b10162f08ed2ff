// SPDX-License-Identifier: BSD-3-Clause
// Loops over the bounds of a list package, made for a function of the head that is inlined: there may be as many bounds
// as cells.
#pragma once

#include <cmath>

#include "phreatic/flow/packages/package_type.hpp"

namespace phreatic::flow {

// FlowOf(package, values, bound, cell) gives the BoundFlow of a bound whose cell is wet. The rest of this file calls
// use(bound, acting cell, flow) for every bound; without a wet cell the flow is 0.
template <auto FlowOf, class Use>
void for_bounds(const Package& package, const PackageValues& values, const BoundContext& at, Use&& use) {
  const Model& model = at.model;
  const bool highest = package_type(package.kind).highest_cell && !package.fixed_cell;
  const bool all_active = model.grid.idomain.uniform() && model.grid.idomain.values.front() > 0;
  for (std::size_t b = 0; b < values.size(); ++b) {
    const CellIndex start = values.cell[b];
    const bool plain = all_active && start != kNoCell && at.ibound[static_cast<std::size_t>(start)] != 0;
    const CellIndex acting = plain ? start : acting_cell(highest, model, at.ibound, start);
    if (acting == kNoCell || at.ibound[static_cast<std::size_t>(acting)] <= 0) {
      use(b, acting, BoundFlow{});
      continue;
    }
    const auto n = static_cast<std::size_t>(acting);
    use(b, acting, FlowOf(package, values, b, BoundCell{at.head[n], n, model, at.aquifer}));
  }
}

template <auto FlowOf, class T>
void add_bounds(const Package& package, const PackageValues& values, const BoundContext& at,
                const PackageTerms<T>& terms) {
  for_bounds<FlowOf>(package, values, at, [&](std::size_t, CellIndex n, const BoundFlow& bound) {
    if (n == kNoCell) return;
    terms.residual[n] += bound.flow;
    terms.excess[n] -= static_cast<T>(bound.slope);
  });
}

template <auto FlowOf>
FlowSums sum_bounds(const Package& package, const PackageValues& values, const BoundContext& at) {
  FlowSums sums;
  for_bounds<FlowOf>(package, values, at, [&](std::size_t, CellIndex, const BoundFlow& bound) {
    (bound.flow > 0 ? sums.inflow : sums.outflow) += std::abs(bound.flow);
  });
  return sums;
}

template <auto FlowOf>
void list_bounds(const Package& package, const PackageValues& values, const BoundContext& at,
                 std::vector<CellIndex>& cell, std::vector<double>& flow) {
  for_bounds<FlowOf>(package, values, at, [&](std::size_t b, CellIndex n, const BoundFlow& bound) {
    cell[b] = n;
    flow[b] = bound.flow;
  });
}

template <auto FlowOf>
BoundLoops bound_loops() {
  return {add_bounds<FlowOf, float>, add_bounds<FlowOf, double>, sum_bounds<FlowOf>, list_bounds<FlowOf>};
}

}  // namespace phreatic::flow
