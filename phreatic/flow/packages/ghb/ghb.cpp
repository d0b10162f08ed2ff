// SPDX-License-Identifier: BSD-3-Clause
// General heads: flow = C (head of the boundary - head).
#include "phreatic/flow/packages/bound_loops.hpp"
#include "phreatic/flow/packages/table.hpp"

namespace phreatic::flow {
namespace {

BoundFlow general_head_flow(const Package&, const PackageValues& values, std::size_t b,
                            const BoundCell& cell) {
  const double conductance = values.value(1, b);
  return {conductance * (values.value(0, b) - cell.head), -conductance};
}

BoundDerivative general_head_derivative(const Package&, const PackageValues& values, std::size_t b,
                                        const BoundCell& cell) {
  const double conductance = values.value(1, b);
  return {-conductance, {conductance, values.value(0, b) - cell.head}};
}

std::vector<BoundColumn> columns(const Package&) {
  return {{"head"}, {"conductance", 0, "a number from 0, or a time series"}};
}

}  // namespace

const PackageType& ghb_type() {
  static const PackageType type = [] {
    PackageType made;
    made.kind = PackageKind::ghb;
    made.columns = columns;
    made.multiplied = 1;
    made.loops = bound_loops<general_head_flow>();
    made.derivative = general_head_derivative;
    return made;
  }();
  return type;
}

}  // namespace phreatic::flow
