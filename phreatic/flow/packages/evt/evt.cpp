// SPDX-License-Identifier: BSD-3-Clause
// Evapotranspiration from the highest wet cell: declines with depth under its surface in linear pieces.
#include <string>

#include "phreatic/flow/packages/bound_loops.hpp"
#include "phreatic/flow/packages/table.hpp"

namespace phreatic::flow {
namespace {

// Piecewise linear decline of evapotranspiration with depth under its surface.
BoundFlow evapotranspiration_flow(const Package& package, const PackageValues& values, std::size_t b,
                                  const BoundCell& cell) {
  const double surface = values.value(0, b);
  const double most = values.value(1, b) * cell.area();
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

// Within a piece the flow depends on (surface - head) / extinction depth alone.
BoundDerivative evapotranspiration_derivative(const Package& package, const PackageValues& values,
                                              std::size_t b, const BoundCell& cell) {
  const BoundFlow now = evapotranspiration_flow(package, values, b, cell);
  const double depth = values.value(0, b) - cell.head;
  const double extinction = values.value(2, b);
  const double by_depth = extinction > 0 ? now.slope * depth / extinction : 0.0;
  double by_rate = 0;  // also where the rate is 0
  if (values.value(1, b) != 0) {
    by_rate = now.flow / values.value(1, b);
  } else {
    PackageValues unit;
    unit.cell = {values.cell[b]};
    for (std::size_t c = 0; c * values.size() < values.values.size(); ++c) {
      unit.values.push_back(c == 1 ? 1.0 : values.value(c, b));
    }
    by_rate = evapotranspiration_flow(package, unit, 0, cell).flow;
  }
  return {now.slope, {-now.slope, by_rate, by_depth}};
}

std::vector<BoundColumn> columns(const Package& package) {
  std::vector<BoundColumn> all = {{"surface"}, {"rate"}, {"depth"}};
  for (int i = 1; i < package.evt_segments; ++i) all.push_back({"pxdp " + std::to_string(i)});
  for (int i = 1; i < package.evt_segments; ++i) all.push_back({"petm " + std::to_string(i)});
  if (package.surf_rate_specified) all.push_back({"petm0"});
  return all;
}

}  // namespace

const PackageType& evt_type() {
  static const PackageType type = [] {
    PackageType made;
    made.kind = PackageKind::evt;
    made.columns = columns;
    made.multiplied = 1;
    made.highest_cell = true;
    made.loops = bound_loops<evapotranspiration_flow>();
    made.derivative = evapotranspiration_derivative;
    return made;
  }();
  return type;
}

}  // namespace phreatic::flow
