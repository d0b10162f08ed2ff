// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/packages/packages.hpp"

#include <cmath>

#include "phreatic/flow/grid/saturation.hpp"

namespace phreatic::flow {
namespace {

BoundFlow well_flow(const Package& package, double rate, const BoundCell& cell) {
  if (package.auto_flow_reduce <= 0 || rate >= 0 || !cell.convertible) return {rate, 0};
  const double top = cell.bottom + package.auto_flow_reduce * (cell.top - cell.bottom);
  const double slope = cell.newton ? rate * cubic_fraction_slope(top, cell.bottom, cell.head) : 0.0;
  return {rate * cubic_fraction(top, cell.bottom, cell.head), slope};
}

BoundFlow river_flow(const Package& package, const PackageValues& values, std::size_t b, double head) {
  const double stage = values.value(0, b);
  const double bottom = values.value(2, b);
  double conductance = values.value(1, b);
  if (package.infiltration_factor && head < stage) conductance *= values.value(3, b);
  if (head <= bottom) return {conductance * (stage - bottom), 0};
  return {conductance * (stage - head), -conductance};
}

BoundFlow plain_drain_flow(const PackageValues& values, std::size_t b, double head) {
  const double elevation = values.value(0, b);
  if (head <= elevation) return {};
  const double conductance = values.value(1, b);
  return {conductance * (elevation - head), -conductance};
}

BoundFlow drain_flow(const Package& package, const PackageValues& values, std::size_t b,
                     const BoundCell& cell) {
  const double elevation = values.value(0, b);
  const double conductance = values.value(1, b);
  double depth = 0;
  if (package.drain_depth_aux >= 0) {
    depth = values.aux[static_cast<std::size_t>(package.drain_depth_aux) * values.size() + b];
  }
  if (depth == 0) return plain_drain_flow(values, b, cell.head);
  const double bottom = std::min(elevation, elevation + depth);
  const double top = std::max(elevation, elevation + depth);
  const double factor =
      cell.newton ? drain_fraction(top, bottom, cell.head) : cut_fraction(top, bottom, cell.head);
  double slope = -factor * conductance;
  if (cell.newton) slope += conductance * (bottom - cell.head) * drain_fraction_slope(top, bottom, cell.head);
  return {factor * conductance * (bottom - cell.head), slope};
}

// Piecewise linear decline of evapotranspiration with depth under its surface.
BoundFlow evapotranspiration_flow(const Package& package, const PackageValues& values, std::size_t b,
                                  const BoundCell& cell) {
  const double surface = values.value(0, b);
  const double most = values.value(1, b) * cell.area;
  const double extinction = values.value(2, b);
  const auto inner = static_cast<std::size_t>(package.evt_segments - 1);
  const double at_surface = package.surf_rate_specified ? values.value(3 + 2 * inner, b) : 1.0;
  if (cell.head >= surface) return {-at_surface * most, 0};
  const double depth = surface - cell.head;
  if (depth >= extinction) return {};
  if (inner == 0) return {-most * (1 - depth / extinction), -most / extinction};
  double upper = 0;
  double upper_rate = at_surface;
  for (std::size_t s = 0; s <= inner; ++s) {
    const double lower = s < inner ? values.value(3 + s, b) : 1.0;
    const double lower_rate = s < inner ? values.value(3 + inner + s, b) : 0.0;
    if (depth <= lower * extinction || s == inner) {
      const double decline = (upper_rate - lower_rate) / ((lower - upper) * extinction);
      return {-most * (upper_rate - decline * (depth - upper * extinction)), -most * decline};
    }
    upper = lower;
    upper_rate = lower_rate;
  }
  return {};
}

}  // namespace

BoundFlow bound_flow(const Package& package, const PackageValues& values, std::size_t b,
                     const BoundCell& cell) {
  switch (package.kind) {
    case PackageKind::chd:
      return {};
    case PackageKind::wel:
      return well_flow(package, values.value(0, b), cell);
    case PackageKind::ghb: {
      const double conductance = values.value(1, b);
      return {conductance * (values.value(0, b) - cell.head), -conductance};
    }
    case PackageKind::riv:
      return river_flow(package, values, b, cell.head);
    case PackageKind::drn:
      return drain_flow(package, values, b, cell);
    case PackageKind::rch:
      return {values.value(0, b) * cell.area, 0};
    case PackageKind::evt:
      return evapotranspiration_flow(package, values, b, cell);
  }
  return {};
}

CellIndex acting_cell(const Package& package, const Model& model, const Padded<std::int8_t>& ibound,
                      CellIndex start) {
  if (start == kNoCell || model.grid.idomain[static_cast<std::size_t>(start)] <= 0) return kNoCell;
  if (package.kind != PackageKind::rch && package.kind != PackageKind::evt) return start;
  if (package.fixed_cell || ibound[static_cast<std::size_t>(start)] != 0) return start;
  CellIndex n = start;
  while (ibound[static_cast<std::size_t>(n)] == 0) {
    const CellIndex below = cell_below(model.grid, n);
    if (below == kNoCell) break;
    n = below;
  }
  return n;
}

namespace {

// Calls use(bound, acting cell, flow) for every bound, with flow(bound, cell) where there is a wet one.
template <class FlowOf, class Use>
void for_bounds_of(const Package& package, const PackageValues& values, const Model& model,
                   const Aquifer& aquifer, const Padded<double>& head, const Padded<std::int8_t>& ibound,
                   FlowOf&& flow_of, Use&& use) {
  BoundCell cell;
  cell.newton = model.newton.enabled;
  const bool needs_area = package.kind == PackageKind::rch || package.kind == PackageKind::evt;
  const bool needs_depth = package.kind == PackageKind::wel && package.auto_flow_reduce > 0;
  const bool all_active = model.grid.idomain.uniform() && model.grid.idomain.values.front() > 0;
  for (std::size_t b = 0; b < values.size(); ++b) {
    const CellIndex start = values.cell[b];
    const bool plain = all_active && start != kNoCell && ibound[static_cast<std::size_t>(start)] != 0;
    const CellIndex acting = plain ? start : acting_cell(package, model, ibound, start);
    if (acting == kNoCell) {
      use(b, acting, BoundFlow{});
      continue;
    }
    const auto n = static_cast<std::size_t>(acting);
    if (ibound[n] <= 0) {
      use(b, acting, BoundFlow{});
      continue;
    }
    cell.head = head[n];
    if (needs_area) cell.area = aquifer.area(n);
    if (needs_depth) {
      cell.top = model.grid.cell_top(n);
      cell.bottom = model.grid.botm[n];
      cell.convertible = aquifer.is_convertible(n);
    }
    use(b, acting, flow_of(b, cell));
  }
}

// The plain kinds of bounds have loops of their own; there may be as many bounds as cells.
template <class Use>
void for_bounds(const Package& package, const PackageValues& values, const Model& model,
                const Aquifer& aquifer, const Padded<double>& head, const Padded<std::int8_t>& ibound,
                Use&& use) {
  const auto loop = [&](auto&& flow_of) {
    for_bounds_of(package, values, model, aquifer, head, ibound, flow_of, use);
  };
  if (package.kind == PackageKind::rch) {
    loop([&](std::size_t b, const BoundCell& cell) { return BoundFlow{values.value(0, b) * cell.area, 0}; });
  } else if (package.kind == PackageKind::riv) {
    loop([&](std::size_t b, const BoundCell& cell) { return river_flow(package, values, b, cell.head); });
  } else if (package.kind == PackageKind::drn && package.drain_depth_aux < 0) {
    loop([&](std::size_t b, const BoundCell& cell) { return plain_drain_flow(values, b, cell.head); });
  } else {
    loop([&](std::size_t b, const BoundCell& cell) { return bound_flow(package, values, b, cell); });
  }
}

}  // namespace

template <class T>
void add_package(const Package& package, const PackageValues& values, const Model& model,
                 const Aquifer& aquifer, const Padded<double>& head, const Padded<std::int8_t>& ibound,
                 const PackageTerms<T>& terms) {
  if (package.kind == PackageKind::chd) return;
  for_bounds(package, values, model, aquifer, head, ibound,
             [&](std::size_t, CellIndex n, const BoundFlow& bound) {
               if (n == kNoCell) return;
               terms.residual[n] += bound.flow;
               terms.excess[n] -= static_cast<T>(bound.slope);
             });
}
template void add_package(const Package&, const PackageValues&, const Model&, const Aquifer&,
                          const Padded<double>&, const Padded<std::int8_t>&, const PackageTerms<float>&);
template void add_package(const Package&, const PackageValues&, const Model&, const Aquifer&,
                          const Padded<double>&, const Padded<std::int8_t>&, const PackageTerms<double>&);

FlowSums sums_of_package(const Package& package, const PackageValues& values, const Model& model,
                         const Aquifer& aquifer, const Padded<double>& head,
                         const Padded<std::int8_t>& ibound) {
  FlowSums sums;
  if (package.kind == PackageKind::chd) return sums;
  for_bounds(package, values, model, aquifer, head, ibound,
             [&](std::size_t, CellIndex, const BoundFlow& bound) {
               (bound.flow > 0 ? sums.inflow : sums.outflow) += std::abs(bound.flow);
             });
  return sums;
}

PackageFlows flows_of_package(const Package& package, const PackageValues& values, const Model& model,
                              const Aquifer& aquifer, const Padded<double>& head,
                              const Padded<std::int8_t>& ibound) {
  static const char* const kTexts[] = {"CHD", "WEL", "GHB", "RIV", "DRN", "RCH", "EVT"};
  PackageFlows flows;
  flows.name = package.name;
  flows.kind = package.kind;
  flows.text = package.text.empty() ? kTexts[static_cast<std::size_t>(package.kind)] : package.text;
  flows.cell = values.cell;
  flows.row = values.row;
  flows.flow.assign(values.size(), 0.0);
  if (flows.row.empty()) {
    flows.row.resize(values.size());
    for (std::size_t b = 0; b < values.size(); ++b) flows.row[b] = static_cast<std::int32_t>(b);
  }
  if (package.kind == PackageKind::chd) return flows;
  for_bounds(package, values, model, aquifer, head, ibound,
             [&](std::size_t b, CellIndex n, const BoundFlow& bound) {
               flows.cell[b] = n;
               flows.flow[b] = bound.flow;
               (bound.flow > 0 ? flows.inflow : flows.outflow) += bound.flow > 0 ? bound.flow : -bound.flow;
             });
  return flows;
}

}  // namespace phreatic::flow
