// SPDX-License-Identifier: BSD-3-Clause
// Boundary packages: their values in a step and the flow of each bound as a function of the head,
//   flow into the cell = hcof h - rhs    (L3/T), hcof <= 0 (L2/T),
// with the switching rules of MODFLOW 6 (langevin2017, chapter 6).
#pragma once

#include <cstdint>
#include <vector>

#include "phreatic/flow/grid/aquifer.hpp"
#include "phreatic/flow/model.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow {

struct BoundFlow {
  double flow = 0;   // at the head (L3/T)
  double slope = 0;  // d flow / d head used in the matrix (L2/T), <= 0 in the Picard form
};

// What a bound needs to know of its cell.
struct BoundCell {
  double head = 0;
  double top = 0;
  double bottom = 0;
  double area = 0;
  bool convertible = false;
  bool newton = false;
};

// Flow of bound b of a package at a head. Not for chd, whose flow follows from its neighbours.
BoundFlow bound_flow(const Package& package, const PackageValues& values, std::size_t b,
                     const BoundCell& cell);

// The cell that a recharge or evapotranspiration bound acts on: the highest wet cell at or under `start`, or
// `start` with fixed_cell. kNoCell when there is none.
CellIndex acting_cell(const Package& package, const Model& model, const Padded<std::int8_t>& ibound,
                      CellIndex start);

// Where package terms are added: residual += flow, excess -= slope; arrays over the cells of the grid.
template <class T>
struct PackageTerms {
  double* residual;
  T* excess;
};
template <class T>
void add_package(const Package& package, const PackageValues& values, const Model& model,
                 const Aquifer& aquifer, const Padded<double>& head, const Padded<std::int8_t>& ibound,
                 const PackageTerms<T>& terms);

// Only the sums of positive and negative flows (chd excepted: zeros).
struct FlowSums {
  double inflow = 0;
  double outflow = 0;
};
FlowSums sums_of_package(const Package& package, const PackageValues& values, const Model& model,
                         const Aquifer& aquifer, const Padded<double>& head,
                         const Padded<std::int8_t>& ibound);

// Flows of all bounds at the given heads (chd excepted: zeros).
PackageFlows flows_of_package(const Package& package, const PackageValues& values, const Model& model,
                              const Aquifer& aquifer, const Padded<double>& head,
                              const Padded<std::int8_t>& ibound);

}  // namespace phreatic::flow
