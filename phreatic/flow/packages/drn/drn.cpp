// SPDX-License-Identifier: BSD-3-Clause
// Drains: a general head that only takes water; with AUXDEPTHNAME the conductance grows over a depth.
#include <algorithm>

#include "phreatic/flow/grid/saturation.hpp"
#include "phreatic/flow/packages/bound_loops.hpp"
#include "phreatic/flow/packages/table.hpp"

namespace phreatic::flow {
namespace {

BoundFlow plain_drain_flow(const Package&, const PackageValues& values, std::size_t b,
                           const BoundCell& cell) {
  const double elevation = values.value(0, b);
  if (cell.head <= elevation) return {};
  const double conductance = values.value(1, b);
  return {conductance * (elevation - cell.head), -conductance};
}

BoundFlow drain_flow(const Package& package, const PackageValues& values, std::size_t b,
                     const BoundCell& cell) {
  const double elevation = values.value(0, b);
  const double conductance = values.value(1, b);
  double depth = 0;
  if (package.drain_depth_aux >= 0) {
    depth = values.aux[static_cast<std::size_t>(package.drain_depth_aux) * values.size() + b];
  }
  if (depth == 0) return plain_drain_flow(package, values, b, cell);
  const double bottom = std::min(elevation, elevation + depth);
  const double top = std::max(elevation, elevation + depth);
  const double factor =
      cell.newton() ? drain_fraction(top, bottom, cell.head) : cut_fraction(top, bottom, cell.head);
  double slope = -factor * conductance;
  if (cell.newton())
    slope += conductance * (bottom - cell.head) * drain_fraction_slope(top, bottom, cell.head);
  return {factor * conductance * (bottom - cell.head), slope};
}

BoundDerivative drain_derivative(const Package& package, const PackageValues& values, std::size_t b,
                                 const BoundCell& cell) {
  const double conductance = values.value(1, b);
  double depth = 0;
  if (package.drain_depth_aux >= 0) {
    depth = values.aux[static_cast<std::size_t>(package.drain_depth_aux) * values.size() + b];
  }
  const double elevation = values.value(0, b);
  const double bottom = std::min(elevation, elevation + depth);
  const double top = std::max(elevation, elevation + depth);
  if (cell.head <= bottom) return {};
  double factor = 1;
  double slope = 0;  // of the factor
  if (depth != 0) {
    factor = cell.newton() ? drain_fraction(top, bottom, cell.head) : cut_fraction(top, bottom, cell.head);
    slope = cell.head >= top ? 0.0
            : cell.newton()  ? drain_fraction_slope(top, bottom, cell.head)
                             : 1 / (top - bottom);
  }
  const double by_head = conductance * (slope * (bottom - cell.head) - factor);
  return {by_head, {-by_head, factor * (bottom - cell.head)}};
}

std::vector<BoundColumn> columns(const Package&) {
  return {{"elevation"}, {"conductance", 0, "a number from 0, or a time series"}};
}

}  // namespace

const PackageType& drn_type() {
  static const PackageType type = [] {
    PackageType made;
    made.kind = PackageKind::drn;
    made.columns = columns;
    made.multiplied = 1;
    made.loops = bound_loops<drain_flow>();
    made.derivative = drain_derivative;
    made.plain_loops = bound_loops<plain_drain_flow>();
    made.is_plain = [](const Package& package) { return package.drain_depth_aux < 0; };
    return made;
  }();
  return type;
}

}  // namespace phreatic::flow
