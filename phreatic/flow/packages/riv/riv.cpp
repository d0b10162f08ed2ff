// SPDX-License-Identifier: BSD-3-Clause
// Rivers: a general head above the river bottom; under it the leakage is that of the bottom.
#include "phreatic/flow/packages/bound_loops.hpp"
#include "phreatic/flow/packages/table.hpp"

namespace phreatic::flow {
namespace {

BoundFlow river_flow(const Package& package, const PackageValues& values, std::size_t b,
                     const BoundCell& cell) {
  const double head = cell.head;
  const double stage = values.value(0, b);
  const double bottom = values.value(2, b);
  double conductance = values.value(1, b);
  if (package.infiltration_factor && head < stage) conductance *= values.value(3, b);
  if (head <= bottom) return {conductance * (stage - bottom), 0};
  return {conductance * (stage - head), -conductance};
}

BoundDerivative river_derivative(const Package& package, const PackageValues& values, std::size_t b,
                                 const BoundCell& cell) {
  const double stage = values.value(0, b);
  const double bottom = values.value(2, b);
  const bool leaves = package.infiltration_factor && cell.head < stage;
  const double factor = leaves ? values.value(3, b) : 1.0;
  const double conductance = values.value(1, b) * factor;
  const bool perched = cell.head <= bottom;
  const double drop = stage - (perched ? bottom : cell.head);
  return {
      perched ? 0.0 : -conductance,
      {conductance, factor * drop, perched ? -conductance : 0.0, leaves ? values.value(1, b) * drop : 0.0}};
}

std::vector<BoundColumn> columns(const Package& package) {
  std::vector<BoundColumn> all = {
      {"stage"}, {"conductance", 0, "a number from 0, or a time series"}, {"bottom"}};
  if (package.infiltration_factor) all.push_back({"infiltration factor"});
  return all;
}

}  // namespace

const PackageType& riv_type() {
  static const PackageType type = [] {
    PackageType made;
    made.kind = PackageKind::riv;
    made.columns = columns;
    made.multiplied = 1;
    made.loops = bound_loops<river_flow>();
    made.derivative = river_derivative;
    return made;
  }();
  return type;
}

}  // namespace phreatic::flow
