// SPDX-License-Identifier: BSD-3-Clause
// What a kind of boundary package is: its columns, the flow of a bound as a function of the head of its cell, or a
// state with unknowns of its own, and its checks. A new kind is a folder beside this file and a line in table.cpp.
// Flow into the cell is positive (L3/T); switching rules are those of MODFLOW 6 (langevin2017, chapter 6).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/flow/grid/aquifer.hpp"
#include "phreatic/flow/model.hpp"
#include "phreatic/flow/packages/package_state.hpp"

namespace phreatic::flow {

struct BoundFlow {
  double flow = 0;   // at the head (L3/T)
  double slope = 0;  // d flow / d head used in the matrix (L2/T), <= 0 in the Picard form
};

// Derivatives of the flow of a bound at the head of its cell. Exact, where BoundFlow::slope leaves out what the
// Picard form leaves out of its matrix (a drain's depth, AUTO_FLOW_REDUCE).
inline constexpr std::size_t kMostDerived = 4;
struct BoundDerivative {
  double by_head = 0;                   // (L2/T)
  double by_column[kMostDerived] = {};  // by the first columns of values (L3/T over the column's unit)
};

// What a bound may want to know of its cell.
struct BoundCell {
  double head;
  std::size_t n;
  const Model& model;
  const Aquifer& aquifer;

  double area() const { return aquifer.area(n); }
  double top() const { return model.grid.cell_top(n); }
  double bottom() const { return model.grid.botm[n]; }
  bool convertible() const { return aquifer.is_convertible(n); }
  bool newton() const { return model.newton.enabled; }
};

// Everything outside a package that its flows depend on.
struct BoundContext {
  const Model& model;
  const Aquifer& aquifer;
  const Padded<double>& head;
  const Padded<std::int8_t>& ibound;
};

// Where the terms of a package are added: residual += flow, excess -= slope; arrays over the cells of the grid.
template <class T>
struct PackageTerms {
  double* residual;
  T* excess;
};

struct FlowSums {
  double inflow = 0;
  double outflow = 0;
};

// The loops over the bounds of a package, one set a kind (bound_loops.hpp); null: bounds have no flow of their own.
struct BoundLoops {
  void (*add_single)(const Package&, const PackageValues&, const BoundContext&,
                     const PackageTerms<float>&) = nullptr;
  void (*add_double)(const Package&, const PackageValues&, const BoundContext&,
                     const PackageTerms<double>&) = nullptr;
  FlowSums (*sums)(const Package&, const PackageValues&, const BoundContext&) = nullptr;
  // Cells that bounds act on and their flows.
  void (*flows)(const Package&, const PackageValues&, const BoundContext&, std::vector<CellIndex>& cell,
                std::vector<double>& flow) = nullptr;
};

// A column of values: its name, the smallest value that is allowed and how that is said.
struct BoundColumn {
  std::string name;
  double low = -1e300;
  std::string allowed = "a number or a time series";
};

struct PackageType {
  PackageKind kind = PackageKind::wel;
  // Columns of values of a package (PackageValues). Also those of a list in MODFLOW 6 input, but for an infiltration factor.
  std::vector<BoundColumn> (*columns)(const Package&) = nullptr;
  int multiplied = 0;           // the column that AUXMULTNAME multiplies
  bool depends_on_head = true;  // holds heads in a steady period
  bool highest_cell = false;    // acts on the highest wet cell at or under the given one
  BoundLoops loops;
  BoundLoops plain_loops;                      // quicker ones for packages that is_plain() says are plain
  bool (*is_plain)(const Package&) = nullptr;  // null: never
  // Derivatives of the flow of a bound whose cell is wet. Null: not known; the adjoint refuses such packages.
  BoundDerivative (*derivative)(const Package&, const PackageValues&, std::size_t bound,
                                const BoundCell&) = nullptr;
  // Unknowns of its own: then `loops` are not used. Null: none.
  std::unique_ptr<PackageState> (*make_state)(const Package&, const Model&) = nullptr;
  // What is wrong with a package that can be seen without its values. Null: nothing to check.
  void (*check)(const Package&, const Model&, core::Problems&) = nullptr;
};

// The kinds that there are, in the order in which MODFLOW 6 writes their budgets.
const std::vector<const PackageType*>& package_types();
// Null when there is no such kind.
const PackageType* find_package_type(PackageKind kind);
const PackageType& package_type(PackageKind kind);  // asserts that there is
// Adds a kind that is defined elsewhere (tests, programs of users), or replaces it. Not while models are being made or run.
void register_package_type(const PackageType& type);

// Number of value columns of a package.
int value_columns(const Package& package);

// The cell that a bound given at `start` acts on: for kinds with highest_cell the highest wet cell at or under it, unless
// fixed_cell. kNoCell when there is none.
CellIndex acting_cell(bool highest, const Model& model, const Padded<std::int8_t>& ibound, CellIndex start);

}  // namespace phreatic::flow
