// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/adjoint/linear_step.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/flow/grid/saturation.hpp"

namespace phreatic::flow {
namespace {

std::size_t index(CellIndex n) { return static_cast<std::size_t>(n); }

bool any_pass_through(const Grid& grid) {
  return std::any_of(grid.idomain.values.begin(), grid.idomain.values.end(),
                     [](std::int8_t d) { return d < 0; });
}

}  // namespace

void check_adjoint(const Model& model, core::Problems& problems) {
  const auto refuse = [&](const std::string& where, const std::string& what, const std::string& mend) {
    problems.add({.where = where, .what = what, .mend = mend});
  };
  for (const Package& package : model.packages) {
    const PackageType& type = package_type(package.kind);
    if (type.derivative != nullptr || package.kind == PackageKind::chd) continue;
    refuse(
        "package " + package.name,
        "its kind, " + std::string(package.kind.name()) + ", has no derivatives, so no adjoint can be taken",
        package.kind == PackageKind::sfr ? "Put rivers (RIV) and drains (DRN) in place of the streams"
                                         : "Leave it out");
  }
  if (model.flow.variable_cv && model.newton.enabled)
    refuse("NPF VARIABLECV", "cannot be used with NEWTON", "Leave one of them out");
  if (!any_pass_through(model.grid)) return;
  if (model.flow.variable_cv)
    refuse("NPF VARIABLECV", "together with cells of IDOMAIN -1 has no adjoint", "Leave VARIABLECV out");
  if (model.flow.perched)
    refuse("NPF PERCHED", "together with cells of IDOMAIN -1 has no adjoint", "Leave PERCHED out");
}

StorageDerivative storage_derivative(const StepPoint& point, std::size_t n) {
  const Model& model = point.model;
  const double area = point.aquifer.area(n);
  StorageDerivative d;
  StorageCell cell = storage_cell(model, n, area, point.time.dt);
  d.by_head = storage_term(cell, point.head[n], point.old[n]).slope;
  // The same water is in storage at the start at the same head: the derivative is that at the other end.
  d.by_old = -storage_term(cell, point.old[n], point.old[n]).slope;
  const double thick = model.storage.storage_coefficient ? 1.0 : cell.top - cell.bottom;
  cell.ss = area * thick / point.time.dt;
  cell.sy = area / point.time.dt;
  const StorageTerm unit = storage_term(cell, point.head[n], point.old[n]);
  d.by_ss = unit.ss_flow;
  d.by_sy = unit.sy_flow;
  return d;
}

StoredWater stored_water(const Model& model, double area, std::size_t n, double head) {
  StorageCell cell = storage_cell(model, n, area, 1.0);
  const double datum = cell.bottom;
  StoredWater water;
  const StorageTerm term = storage_term(cell, datum, head);  // what comes out of storage down to the datum
  water.volume = term.ss_flow + term.sy_flow;
  water.by_head = -storage_term(cell, head, head).slope;
  cell.ss = area * (model.storage.storage_coefficient ? 1.0 : cell.top - cell.bottom);
  cell.sy = area;
  const StorageTerm unit = storage_term(cell, datum, head);
  water.by_ss = unit.ss_flow;
  water.by_sy = unit.sy_flow;
  return water;
}

// --- the matrix

namespace {

struct Sides {
  double& forward;   // coefficient of row n towards m
  double& backward;  // of row m towards n
};

Sides sides(GeneralMatrix& g, std::size_t n, int along) {
  if (along == 0) return {g.right[n], g.left[n]};
  if (along == 1) return {g.front[n], g.back[n]};
  return {g.down[n], g.up[n]};
}

void add_storage(const StepPoint& point, LinearStep& out) {
  if (point.time.steady) return;
  const Layout& layout = point.aquifer.layout;
  for (int strip = 0; strip < layout.strips; ++strip) {
    for_rows(layout, strip, [&](int, int, std::size_t begin, std::size_t end) {
      for (std::size_t n = begin; n < end; ++n) {
        if (point.ibound[n] <= 0 || point.aquifer.is_pass_through(n)) continue;
        const StorageCell cell = storage_cell(point.model, n, point.aquifer.area(n), point.time.dt);
        const StorageTerm term = storage_term(cell, point.head[n], point.old[n]);
        out.jacobian.excess[n] -= term.slope;
        out.residual[n] += term.ss_flow + term.sy_flow;
        out.by_old[n] = cell.convertible ? -storage_term(cell, point.old[n], point.old[n]).slope : cell.ss;
      }
    });
  }
}

void add_packages(const StepPoint& point, LinearStep& out) {
  std::vector<CellIndex> cell;
  std::vector<double> flow;
  for (std::size_t p = 0; p < point.model.packages.size(); ++p) {
    const Package& package = point.model.packages[p];
    const BoundLoops& loops = package_type(package.kind).loops;
    if (loops.flows == nullptr) continue;
    cell.assign(point.values[p]->size(), kNoCell);
    flow.assign(cell.size(), 0.0);
    loops.flows(package, *point.values[p], point.bounds(), cell, flow);
    for (std::size_t b = 0; b < cell.size(); ++b) {
      if (cell[b] != kNoCell) out.residual[index(cell[b])] += flow[b];
    }
  }
  for (std::size_t p = 0; p < point.model.packages.size(); ++p) {
    if (!may_depend_on_head(point.model.packages[p])) continue;
    for_bound_derivatives(point, p, [&](std::size_t, std::size_t n, const BoundDerivative& d) {
      out.jacobian.excess[n] -= d.by_head;
    });
  }
}

}  // namespace

void linearise(const StepPoint& point, LinearStep& out) {
  const Layout& layout = point.aquifer.layout;
  if (out.by_old.empty()) {
    out.jacobian.allocate(layout);
    out.by_old = layout.array<double>();
    out.residual = layout.array<double>();
    out.holding = layout.array<double>();
  }
  out.jacobian.clear();
  out.by_old.fill(0.0);
  out.residual.fill(0.0);
  out.symmetric = true;
  add_packages(point, out);
  add_storage(point, out);
  out.holding = out.jacobian.excess;
  for_links(point, [&](std::size_t n, std::size_t m, int along, const LinkTerm& t) {
    const Sides link = sides(out.jacobian, n, along);
    link.forward = t.h_m;
    link.backward = -t.h_n;
    const double lean = -(t.h_n + t.h_m);
    out.jacobian.excess[n] += lean;
    out.jacobian.excess[m] -= lean;
    if (lean != 0) out.symmetric = false;
    out.residual[n] += t.flow;
    out.residual[m] -= t.flow;
  });
  for (std::size_t n = 0; n < layout.cells; ++n) {
    if (point.ibound[n] <= 0) out.residual[n] = 0;
  }
}

std::size_t hold_empty_rows(StepPoint& point, const LinearStep& step) {
  const Layout& layout = point.aquifer.layout;
  const GeneralMatrix& a = step.jacobian;
  const auto columns = static_cast<std::size_t>(layout.ncol);
  std::size_t found = 0;
  for (std::size_t n = 0; n < layout.cells; ++n) {
    if (point.ibound[n] <= 0) continue;
    double diagonal = a.excess[n] + a.right[n] + a.front[n] + a.down[n] + *(a.left.data() + n - 1) +
                      *(a.back.data() + n - columns);
    if (n >= layout.layer_cells) diagonal += a.up[n - layout.layer_cells];
    if (std::abs(diagonal) >= 1e-15) continue;
    point.ibound[n] = -1;
    point.held.push_back(static_cast<CellIndex>(n));
    ++found;
  }
  return found;
}

}  // namespace phreatic::flow
