// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/packages/packages.hpp"

#include <cmath>
#include <type_traits>

namespace phreatic::flow {
namespace {

const BoundLoops& loops_of(const Package& package) {
  const PackageType& type = package_type(package.kind);
  return type.is_plain != nullptr && type.is_plain(package) ? type.plain_loops : type.loops;
}

}  // namespace

int value_columns(const Package& package) {
  return static_cast<int>(package_type(package.kind).columns(package).size());
}

CellIndex acting_cell(bool highest, const Model& model, const Padded<std::int8_t>& ibound, CellIndex start) {
  if (start == kNoCell || model.grid.idomain[static_cast<std::size_t>(start)] <= 0) return kNoCell;
  if (!highest) return start;
  CellIndex n = start;
  while (ibound[static_cast<std::size_t>(n)] == 0) {
    const CellIndex below = cell_below(model.grid, n);
    if (below == kNoCell) break;
    n = below;
  }
  return n;
}

template <class T>
void add_package(const Package& package, const PackageValues& values, PackageState* state,
                 const BoundContext& at, const PackageTerms<T>& terms) {
  if (state != nullptr) {
    state->solve(at);
    for (std::size_t b = 0; b < state->cells().size(); ++b) {
      const CellIndex n = state->cells()[b];
      if (n == kNoCell) continue;
      terms.residual[n] += state->flows()[b];
      terms.excess[n] -= static_cast<T>(state->slopes()[b]);
    }
    return;
  }
  const BoundLoops& loops = loops_of(package);
  if (loops.sums == nullptr) return;
  if constexpr (std::is_same_v<T, float>) {
    loops.add_single(package, values, at, terms);
  } else {
    loops.add_double(package, values, at, terms);
  }
}
template void add_package(const Package&, const PackageValues&, PackageState*, const BoundContext&,
                          const PackageTerms<float>&);
template void add_package(const Package&, const PackageValues&, PackageState*, const BoundContext&,
                          const PackageTerms<double>&);

FlowSums sums_of_package(const Package& package, const PackageValues& values, const PackageState* state,
                         const BoundContext& at) {
  if (state != nullptr) {
    FlowSums sums;
    for (const double flow : state->flows()) (flow > 0 ? sums.inflow : sums.outflow) += std::abs(flow);
    return sums;
  }
  const BoundLoops& loops = loops_of(package);
  return loops.sums == nullptr ? FlowSums{} : loops.sums(package, values, at);
}

PackageFlows flows_of_package(const Package& package, const PackageValues& values, const PackageState* state,
                              const BoundContext& at) {
  PackageFlows flows;
  flows.name = package.name;
  flows.kind = package.kind;
  flows.text = package.text.empty() ? std::string(package.kind.name()) : package.text;
  flows.cell = values.cell;
  flows.row = values.row;
  flows.flow.assign(values.size(), 0.0);
  if (flows.row.empty()) {
    flows.row.resize(values.size());
    for (std::size_t b = 0; b < values.size(); ++b) flows.row[b] = static_cast<std::int32_t>(b);
  }
  if (state != nullptr) {
    flows.cell = state->cells();
    flows.flow = state->flows();
  } else if (const BoundLoops& loops = loops_of(package); loops.flows != nullptr) {
    loops.flows(package, values, at, flows.cell, flows.flow);
  }
  for (const double flow : flows.flow) (flow > 0 ? flows.inflow : flows.outflow) += std::abs(flow);
  return flows;
}

}  // namespace phreatic::flow
