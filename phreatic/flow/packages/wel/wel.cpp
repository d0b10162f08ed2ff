// SPDX-License-Identifier: BSD-3-Clause
// Wells: a rate, reduced near the bottom of a convertible cell with AUTO_FLOW_REDUCE.
#include "phreatic/flow/grid/saturation.hpp"
#include "phreatic/flow/packages/bound_loops.hpp"
#include "phreatic/flow/packages/table.hpp"

namespace phreatic::flow {
namespace {

BoundFlow well_flow(const Package& package, const PackageValues& values, std::size_t b,
                    const BoundCell& cell) {
  const double rate = values.value(0, b);
  if (package.auto_flow_reduce <= 0 || rate >= 0 || !cell.convertible()) return {rate, 0};
  const double top = cell.bottom() + package.auto_flow_reduce * (cell.top() - cell.bottom());
  const double slope = cell.newton() ? rate * cubic_fraction_slope(top, cell.bottom(), cell.head) : 0.0;
  return {rate * cubic_fraction(top, cell.bottom(), cell.head), slope};
}

BoundDerivative well_derivative(const Package& package, const PackageValues& values, std::size_t b,
                                const BoundCell& cell) {
  const double rate = values.value(0, b);
  if (package.auto_flow_reduce <= 0 || rate >= 0 || !cell.convertible()) return {0, {1.0}};
  const double top = cell.bottom() + package.auto_flow_reduce * (cell.top() - cell.bottom());
  return {rate * cubic_fraction_slope(top, cell.bottom(), cell.head),
          {cubic_fraction(top, cell.bottom(), cell.head)}};
}

std::vector<BoundColumn> columns(const Package&) { return {{"rate"}}; }

}  // namespace

const PackageType& wel_type() {
  static const PackageType type = [] {
    PackageType made;
    made.kind = PackageKind::wel;
    made.columns = columns;
    made.depends_on_head = false;
    made.loops = bound_loops<well_flow>();
    made.derivative = well_derivative;
    return made;
  }();
  return type;
}

}  // namespace phreatic::flow
