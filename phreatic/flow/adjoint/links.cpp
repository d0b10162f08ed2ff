// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/adjoint/linear_step.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/flow/grid/saturation.hpp"

namespace phreatic::flow {
namespace {

std::size_t index(CellIndex n) { return static_cast<std::size_t>(n); }

}  // namespace

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

}  // namespace phreatic::flow
