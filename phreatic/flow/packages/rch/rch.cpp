// SPDX-License-Identifier: BSD-3-Clause
// Recharge: a rate times the area of the highest wet cell.
#include "phreatic/flow/packages/bound_loops.hpp"
#include "phreatic/flow/packages/table.hpp"

namespace phreatic::flow {
namespace {

BoundFlow recharge_flow(const Package&, const PackageValues& values, std::size_t b, const BoundCell& cell) {
  return {values.value(0, b) * cell.area(), 0};
}

BoundDerivative recharge_derivative(const Package&, const PackageValues&, std::size_t,
                                    const BoundCell& cell) {
  return {0, {cell.area()}};
}

std::vector<BoundColumn> columns(const Package&) { return {{"recharge"}}; }

}  // namespace

const PackageType& rch_type() {
  static const PackageType type = [] {
    PackageType made;
    made.kind = PackageKind::rch;
    made.columns = columns;
    made.depends_on_head = false;
    made.highest_cell = true;
    made.loops = bound_loops<recharge_flow>();
    made.derivative = recharge_derivative;
    return made;
  }();
  return type;
}

}  // namespace phreatic::flow
