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

// --- the point

StepPoint::StepPoint(const Trajectory& trajectory, const Aquifer& a)
    : model(trajectory.model()),
      aquifer(a),
      head(a.layout.array<double>()),
      old(a.layout.array<double>()),
      ibound(a.layout.array<std::int8_t>()),
      values(model.packages.size()),
      trajectory_(trajectory) {}

void StepPoint::set(std::size_t k) {
  time = trajectory_.step(k).time;
  held = trajectory_.step(k).held;
  const Grid& grid = model.grid;
  {
    const std::vector<double>& now = trajectory_.heads(k + 1, buffer_);
    for (std::size_t n = 0; n < grid.cells(); ++n) {
      const int domain = grid.idomain[n];
      const bool dry = domain > 0 && now[n] == kDryHead && !model.newton.enabled;
      head[n] = domain == 0 ? kInactiveHead : now[n];
      ibound[n] = static_cast<std::int8_t>(domain == 0 || dry ? 0 : 1);
    }
  }
  {
    const std::vector<double>& before = trajectory_.heads(k, buffer_);
    for (std::size_t n = 0; n < grid.cells(); ++n) {
      const bool dry = before[n] == kDryHead && !model.newton.enabled;
      old[n] = dry ? grid.botm[n] : before[n];
    }
  }
  for (std::size_t p = 0; p < values.size(); ++p) values[p] = trajectory_.values(k, p);
  take_fixed();
  take_barriers();
  if (aquifer.pass_through.empty()) return;
  // A pass-through cell has links of one conductance up and down: heads lie on a line between the ends.
  for (std::size_t n = 0; n < grid.cells(); ++n) {
    if (grid.idomain[n] >= 0) continue;
    const CellIndex above = cell_above(grid, static_cast<CellIndex>(n));
    const CellIndex below = cell_below(grid, static_cast<CellIndex>(n));
    const bool up = above != kNoCell && ibound[index(above)] != 0;
    const bool down = below != kNoCell && ibound[index(below)] != 0;
    if (up && down) {
      const auto to_above = static_cast<double>(grid.layers_between(index(above), n));
      const auto to_below = static_cast<double>(grid.layers_between(n, index(below)));
      head[n] = (head[index(above)] * to_below + head[index(below)] * to_above) / (to_above + to_below);
    } else {
      head[n] = up ? head[index(above)] : (down ? head[index(below)] : 0.0);
    }
  }
}

void StepPoint::take_fixed() {
  for (std::size_t p = 0; p < values.size(); ++p) {
    if (model.packages[p].kind != PackageKind::chd) continue;
    const PackageValues& v = *values[p];
    for (std::size_t b = 0; b < v.size(); ++b) {
      if (v.cell[b] == kNoCell || model.grid.idomain[index(v.cell[b])] <= 0) continue;
      ibound[index(v.cell[b])] = -1;
      head[index(v.cell[b])] = old[index(v.cell[b])] = v.value(0, b);
    }
  }
  for (const CellIndex n : held) ibound[index(n)] = -1;
}

void StepPoint::take_barriers() {
  barriers = &trajectory_.barriers(static_cast<std::size_t>(time.index));
  if (barriers == taken_) return;
  taken_ = barriers;
  barrier_links_.clear();
  for (std::size_t i = 0; i < barriers->size(); ++i) {
    const Barrier& barrier = (*barriers)[i];
    const std::size_t n = index(std::min(barrier.cell_a, barrier.cell_b));
    const std::size_t m = index(std::max(barrier.cell_a, barrier.cell_b));
    barrier_links_[2 * n + (m == n + 1 ? 0 : 1)].push_back(static_cast<std::uint32_t>(i));
  }
}

const std::vector<std::uint32_t>* StepPoint::barriers_at(std::size_t n, bool along_row) const {
  if (barrier_links_.empty()) return nullptr;
  const auto found = barrier_links_.find(2 * n + (along_row ? 0 : 1));
  return found == barrier_links_.end() ? nullptr : &found->second;
}

// --- links

Links::Links(const StepPoint& point)
    : p_(point),
      k22_(point.model.flow.k22.empty() ? point.model.flow.k : point.model.flow.k22),
      k33_(point.model.flow.k33.empty() ? point.model.flow.k : point.model.flow.k33),
      newton_(point.model.newton.enabled) {}

ConductanceTerm Links::conductance(std::size_t n, bool along_row, std::size_t row, std::size_t column) const {
  const Grid& grid = p_.model.grid;
  if (along_row) {
    const CellArray<double>& k = p_.model.flow.k;
    return horizontal_term(p_.model.flow.averaging, grid.delc[row],
                           {k[n], thickness(n), 0.5 * grid.delr[column]},
                           {k[n + 1], thickness(n + 1), 0.5 * grid.delr[column + 1]});
  }
  const std::size_t m = n + static_cast<std::size_t>(grid.ncol);
  return horizontal_term(p_.model.flow.averaging, grid.delr[column],
                         {k22_[n], thickness(n), 0.5 * grid.delc[row]},
                         {k22_[m], thickness(m), 0.5 * grid.delc[row + 1]});
}

Links::Chain Links::apply_barriers(std::size_t n, std::size_t m, bool along_row,
                                   const ConductanceTerm& c) const {
  Chain chain{c.c, 1, 0, 0, {}};
  const std::vector<std::uint32_t>* on = p_.barriers_at(n, along_row);
  if (on == nullptr) return chain;
  const Grid& grid = p_.model.grid;
  const std::size_t in_layer = n % grid.layer_cells();
  const auto columns = static_cast<std::size_t>(grid.ncol);
  const double width = along_row ? grid.delc[in_layer / columns] : grid.delr[in_layer % columns];
  double height = 0;
  double slope[2] = {0, 0};
  const std::size_t cells[2] = {n, m};
  for (int side = 0; side < 2; ++side) {
    const std::size_t cell = cells[side];
    double top = grid.cell_top(cell);
    if (!newton_ && p_.aquifer.is_convertible(cell) && p_.head[cell] < top) {
      top = p_.head[cell];
      slope[side] = 0.5;
    }
    height += 0.5 * (top - grid.botm[cell]);
  }
  for (const std::uint32_t i : *on) {
    const BarrierTerm term = barrier_term(chain.c, (*p_.barriers)[i].hydchr, width, height);
    chain.c = term.c;
    chain.by_link *= term.by_link;
    chain.h_n = chain.h_n * term.by_link + term.by_height * slope[0];
    chain.h_m = chain.h_m * term.by_link + term.by_height * slope[1];
    for (double& earlier : chain.by_hydchr) earlier *= term.by_link;
    chain.by_hydchr.push_back(term.by_hydchr);
  }
  return chain;
}

LinkTerm Links::horizontal(std::size_t n, std::size_t m, bool along_row, ConductanceTerm c) const {
  double c_n = c.b_a * thickness_slope(n);
  double c_m = c.b_b * thickness_slope(m);
  if (p_.barriers_at(n, along_row) != nullptr) {
    const Chain chain = apply_barriers(n, m, along_row, c);
    c.c = chain.c;
    c.k_a *= chain.by_link;
    c.k_b *= chain.by_link;
    c_n = c_n * chain.by_link + chain.h_n;
    c_m = c_m * chain.by_link + chain.h_m;
  }
  if (newton_) return upstream(n, m, c);
  const double drop = p_.head[m] - p_.head[n];
  return {c.c * drop, c_n * drop - c.c, c_m * drop + c.c, c.k_a * drop, c.k_b * drop};
}

// Full conductance times the smoothed saturation of the cell that the water comes from.
LinkTerm Links::upstream(std::size_t n, std::size_t m, const ConductanceTerm& c) const {
  const Grid& grid = p_.model.grid;
  const double drop = p_.head[m] - p_.head[n];
  const std::size_t u = p_.head[n] > p_.head[m] ? n : m;
  double s = 1;
  double slope = 0;
  if (p_.aquifer.is_convertible(u)) {
    s = smooth_fraction(grid.cell_top(u), grid.botm[u], p_.head[u]);
    slope = smooth_fraction_slope(grid.cell_top(u), grid.botm[u], p_.head[u]);
  }
  LinkTerm t{c.c * s * drop, -c.c * s, c.c * s, c.k_a * s * drop, c.k_b * s * drop};
  (u == n ? t.h_n : t.h_m) += c.c * slope * drop;
  return t;
}

LinkTerm Links::right(std::size_t n, std::size_t row, std::size_t column) const {
  return horizontal(n, n + 1, true, conductance(n, true, row, column));
}
LinkTerm Links::front(std::size_t n, std::size_t row, std::size_t column) const {
  return horizontal(n, n + static_cast<std::size_t>(p_.model.grid.ncol), false,
                    conductance(n, false, row, column));
}

LinkTerm Links::down(std::size_t at, CellIndex upper, CellIndex lower) const {
  const Grid& grid = p_.model.grid;
  const Flow& flow = p_.model.flow;
  const std::size_t n = index(upper);
  const std::size_t m = index(lower);
  const double b_n = grid.cell_top(n) - grid.botm[n];
  const double b_m = grid.cell_top(m) - grid.botm[m];
  const auto full = [&](std::size_t cell, double b) {
    return p_.aquifer.fixed_saturation.empty() ? b : b * p_.aquifer.fixed_saturation[cell];
  };
  double t_n = full(n, b_n);
  double t_m = full(m, b_m);
  double slope_n = 0;
  double slope_m = 0;
  const bool convertible = p_.aquifer.is_convertible(n) || p_.aquifer.is_convertible(m);
  if (flow.variable_cv && convertible &&
      !(p_.head[n] >= grid.cell_top(n) && p_.head[m] >= grid.cell_top(m))) {
    t_n = thickness(n);
    slope_n = thickness_slope(n);
    t_m = flow.dewatered ? thickness(m) : b_m;
    slope_m = flow.dewatered ? thickness_slope(m) : 0.0;
  }
  ConductanceTerm c = vertical_term(grid.area(n), t_n, k33_[n], t_m, k33_[m]);
  const auto links = static_cast<double>(grid.layers_between(n, m));
  if (links > 1) {
    for (double* x : {&c.c, &c.k_a, &c.k_b, &c.b_a, &c.b_b}) *x *= links;
  }
  const bool perched =
      flow.perched && !newton_ && p_.aquifer.is_convertible(m) && p_.head[m] < grid.cell_top(m);
  const double to = perched ? grid.botm[n] : p_.head[at + grid.layer_cells()];
  const double drop = to - p_.head[at];
  const double by_m = perched ? 0.0 : c.c;
  return {c.c * drop, c.b_a * slope_n * drop - c.c, c.b_b * slope_m * drop + by_m, c.k_a * drop,
          c.k_b * drop};
}

std::vector<double> Links::by_barrier(std::size_t n, bool along_row) const {
  const std::size_t m = along_row ? n + 1 : n + static_cast<std::size_t>(p_.model.grid.ncol);
  const std::size_t in_layer = n % p_.model.grid.layer_cells();
  const auto columns = static_cast<std::size_t>(p_.model.grid.ncol);
  const ConductanceTerm c = conductance(n, along_row, in_layer / columns, in_layer % columns);
  Chain chain = apply_barriers(n, m, along_row, c);
  double scale = p_.head[m] - p_.head[n];
  if (newton_) {
    const std::size_t u = p_.head[n] > p_.head[m] ? n : m;
    const Grid& grid = p_.model.grid;
    if (p_.aquifer.is_convertible(u)) scale *= smooth_fraction(grid.cell_top(u), grid.botm[u], p_.head[u]);
  }
  for (double& x : chain.by_hydchr) x *= scale;
  return chain.by_hydchr;
}

// --- storage

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
