// SPDX-License-Identifier: BSD-3-Clause
// The equations of one time step about its heads: residual R_n (flow into cell n, L3/T) and its derivatives by
// the heads at its end, by those at its start, and by every parameter. The derivatives are exact, those of
// transmissivities and of saturations by the heads included, whatever the outer iterations left out.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/flow/adjoint/link_terms.hpp"
#include "phreatic/flow/adjoint/trajectory.hpp"
#include "phreatic/flow/grid/aquifer.hpp"
#include "phreatic/flow/grid/storage.hpp"
#include "phreatic/flow/packages/package_type.hpp"
#include "phreatic/flow/solver/general_matrix.hpp"

namespace phreatic::flow {

// What of a model an adjoint cannot be taken of: streams, VARIABLECV with NEWTON or across pass-through cells.
void check_adjoint(const Model& model, core::Problems& problems);

// The state of a step: heads at its end and at its start, bounds and barriers.
class StepPoint {
 public:
  // The aquifer without barriers, at full thickness.
  StepPoint(const Trajectory& trajectory, const Aquifer& aquifer);

  // Step k from 0. Heads at the end of step k are kept as those at the start of step k + 1 and the other way.
  void set(std::size_t k);

  const Model& model;
  const Aquifer& aquifer;
  StepTime time;
  Padded<double> head, old;
  Padded<std::int8_t> ibound;  // 1 free, -1 fixed or held, 0 dry or inactive
  std::vector<CellIndex> held;
  std::vector<std::shared_ptr<const PackageValues>> values;
  const std::vector<Barrier>* barriers = nullptr;

  double dt() const { return time.steady ? 0.0 : time.dt; }
  BoundContext bounds() const { return {model, aquifer, head, ibound}; }
  // Calls use(barrier, cells' mean wetted height, by_n, by_m) for barriers on the link right of (or in front of) cell n.
  const std::vector<std::uint32_t>* barriers_at(std::size_t n, bool along_row) const;

 private:
  void take_fixed();
  void take_barriers();
  const Trajectory& trajectory_;
  std::vector<double> buffer_;
  const std::vector<Barrier>* taken_ = nullptr;
  std::unordered_map<std::size_t, std::vector<std::uint32_t>> barrier_links_;  // 2 n + (front)
};

// Links of the grid with their flows at a point.
class Links {
 public:
  explicit Links(const StepPoint& point);

  // Link right of n, in front of n (n stands in that row and column of its layer), and the link down from n, one of those between n and the active cell below.
  LinkTerm right(std::size_t n, std::size_t row, std::size_t column) const;
  LinkTerm front(std::size_t n, std::size_t row, std::size_t column) const;
  // The active cells at both ends of the link down from `at`; kNoCell where there is none.
  LinkTerm down(std::size_t at, CellIndex upper, CellIndex lower) const;
  // d flow / d hydchr of the barriers on a link, in their order.
  std::vector<double> by_barrier(std::size_t n, bool along_row) const;

 private:
  struct Chain {  // barriers on a link
    double c, by_link, h_n, h_m;
    std::vector<double> by_hydchr;
  };
  LinkTerm horizontal(std::size_t n, std::size_t m, bool along_row, ConductanceTerm c) const;
  LinkTerm upstream(std::size_t n, std::size_t m, const ConductanceTerm& c) const;
  ConductanceTerm conductance(std::size_t n, bool along_row, std::size_t row, std::size_t column) const;
  Chain apply_barriers(std::size_t n, std::size_t m, bool along_row, const ConductanceTerm& c) const;
  // Saturated thickness of the form in use, and its derivative by the head.
  double thickness(std::size_t n) const {
    const Grid& grid = p_.model.grid;
    const double top = grid.cell_top(n);
    if (!p_.aquifer.is_convertible(n)) {
      const double full = top - grid.botm[n];
      return p_.aquifer.fixed_saturation.empty() ? full : full * p_.aquifer.fixed_saturation[n];
    }
    return (newton_ || p_.head[n] >= top ? top : p_.head[n]) - grid.botm[n];
  }
  double thickness_slope(std::size_t n) const {
    return !newton_ && p_.aquifer.is_convertible(n) && p_.head[n] < p_.model.grid.cell_top(n) ? 1.0 : 0.0;
  }

  const StepPoint& p_;
  const CellArray<double>& k22_;
  const CellArray<double>& k33_;
  bool newton_;
};

// Matrix of the step: J = -dR/dh (rows of fixed cells too), and the derivative by the heads at its start, which is
// diagonal.
struct LinearStep {
  GeneralMatrix jacobian;
  Padded<double> by_old;    // dR_n/dh_n at the start (L2/T), >= 0
  Padded<double> residual;  // (L3/T); 0 in cells that are not free
  Padded<double> holding;   // what of the diagonal is storage and bounds (L2/T)
  bool symmetric = true;    // J is
};
void linearise(const StepPoint& point, LinearStep& out);

// Rows without any coefficient keep their head, as in the engine: they are held from here on. Returns how many.
std::size_t hold_empty_rows(StepPoint& point, const LinearStep& step);

// Calls use(n, m, along: 0 right, 1 front, 2 down, term) for every link between cells that are not dry.
template <class Use>
void for_links(const StepPoint& point, Use&& use) {
  const Links links(point);
  const Layout& layout = point.aquifer.layout;
  const auto columns = static_cast<std::size_t>(layout.ncol);
  std::vector<CellIndex>
      upper;  // [layer cells] the last active cell above, reached across pass-through cells
  upper.assign(layout.layer_cells, kNoCell);
  for (int k = 0; k < layout.nlay; ++k) {
    for (int i = 0; i < layout.nrow; ++i) {
      const std::size_t row = layout.row_index(k, i);
      const std::size_t start = layout.row_start(k, i);
      for (int j = layout.begin[row]; j < layout.end[row]; ++j) {
        const std::size_t n = start + static_cast<std::size_t>(j);
        if (point.ibound[n] == 0) continue;
        const bool active = point.model.grid.idomain[n] > 0;
        if (active && j + 1 < layout.end[row] && point.aquifer.right[n] > 0 && point.ibound[n + 1] != 0)
          use(n, n + 1, 0, links.right(n, static_cast<std::size_t>(i), static_cast<std::size_t>(j)));
        if (active && i + 1 < layout.nrow && point.aquifer.front[n] > 0 && point.ibound[n + columns] != 0)
          use(n, n + columns, 1, links.front(n, static_cast<std::size_t>(i), static_cast<std::size_t>(j)));
        if (k + 1 == layout.nlay) continue;
        const std::size_t m = n + layout.layer_cells;
        if (!(point.aquifer.down[n] > 0) || point.ibound[m] == 0) continue;
        CellIndex from = static_cast<CellIndex>(n);
        if (!active) from = cell_above(point.model.grid, from);
        const CellIndex to = cell_below(point.model.grid, static_cast<CellIndex>(n));
        if (from == kNoCell || to == kNoCell) continue;
        use(n, m, 2, links.down(n, from, to));
      }
    }
  }
}

// Calls use(bound, cell, derivative) for every bound of a package that acts on a free cell.
template <class Use>
void for_bound_derivatives(const StepPoint& point, std::size_t p, Use&& use) {
  const Package& package = point.model.packages[p];
  const PackageType& type = package_type(package.kind);
  if (type.derivative == nullptr) return;
  const bool highest = type.highest_cell && !package.fixed_cell;
  const PackageValues& values = *point.values[p];
  for (std::size_t b = 0; b < values.size(); ++b) {
    const CellIndex cell = acting_cell(highest, point.model, point.ibound, values.cell[b]);
    if (cell == kNoCell || point.ibound[static_cast<std::size_t>(cell)] <= 0) continue;
    const auto n = static_cast<std::size_t>(cell);
    use(b, n, type.derivative(package, values, b, BoundCell{point.head[n], n, point.model, point.aquifer}));
  }
}

// Whether flows of a package may depend on heads at all: not of recharge, nor of wells without reduction.
inline bool may_depend_on_head(const Package& package) {
  return package_type(package.kind).depends_on_head || package.auto_flow_reduce > 0;
}

// Storage of a cell in a step, and the parts that its parameters multiply.
struct StorageDerivative {
  double by_head = 0;  // d flow / d head at the end (L2/T), <= 0
  double by_old = 0;   // d flow / d head at the start, >= 0
  double by_ss = 0;    // d flow / d ss
  double by_sy = 0;    // d flow / d sy
};
StorageDerivative storage_derivative(const StepPoint& point, std::size_t n);

// Water in storage of cell n at a head, over a datum that does not depend on heads (L3), and its derivatives.
struct StoredWater {
  double volume = 0;
  double by_head = 0;  // (L2)
  double by_ss = 0;
  double by_sy = 0;
};
StoredWater stored_water(const Model& model, double area, std::size_t n, double head);

}  // namespace phreatic::flow
