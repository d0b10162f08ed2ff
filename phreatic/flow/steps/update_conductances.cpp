// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "phreatic/flow/grid/conductance.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"
#include "phreatic/flow/steps/assembly.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow {
namespace {

// Conductivities times wet thickness of one row, for links along rows (x) and columns (y).
struct RowSides {
  std::vector<double> thickness, tx, ty;
  explicit RowSides(int ncol)
      : thickness(static_cast<std::size_t>(ncol)), tx(thickness.size()), ty(thickness.size()) {}
};

class HorizontalUpdate {
 public:
  HorizontalUpdate(const Model& model, const FlowState& state, Aquifer& aquifer)
      : model_(model),
        state_(state),
        aquifer_(aquifer),
        k22_(model.flow.k22.empty() ? model.flow.k : model.flow.k22),
        here_(model.grid.ncol),
        next_(model.grid.ncol),
        half_(model.grid.delr),
        constant_(half_.size()),
        other_(half_.size()),
        is_plain_(aquifer.pass_through.empty() && aquifer.fixed_saturation.empty()) {
    for (double& x : half_) x *= 0.5;
  }

  // Links right of the rows first..last-1 of a layer, and front of rows first..last-1: those that a cell of the layout's
  // spans takes part in.
  void rows(int layer, int first, int last) {
    bool have_here = false;
    for (int i = first; i < last; ++i) {
      const bool convertible = aquifer_.convertible_row[aquifer_.layout.row_index(layer, i)] != 0;
      const bool next_convertible =
          i + 1 < model_.grid.nrow && aquifer_.convertible_row[aquifer_.layout.row_index(layer, i + 1)] != 0;
      const Columns ahead = of_rows(layer, i, i + 1);
      if ((!convertible && !next_convertible) || ahead.empty()) {
        have_here = false;
        continue;
      }
      if (!have_here) fill(layer, i, here_);
      if (convertible) right_links(layer, i, of_rows(layer, i, i));
      have_here = i + 1 < model_.grid.nrow;
      if (!have_here) continue;
      fill(layer, i + 1, next_);
      front_links(layer, i, ahead);
      std::swap(here_, next_);
    }
  }

 private:
  // Columns first..last-1.
  struct Columns {
    int first = 0;
    int last = 0;
    bool empty() const { return first >= last; }
    std::size_t count() const { return static_cast<std::size_t>(last - first); }
  };

  // The smallest range with the spans of rows first..last (those of them that there are).
  Columns of_rows(int layer, int first, int last) const {
    const Layout& layout = aquifer_.layout;
    Columns all{model_.grid.ncol, 0};
    for (int i = std::max(first, 0); i <= std::min(last, model_.grid.nrow - 1); ++i) {
      const std::size_t row = layout.row_index(layer, i);
      if (layout.begin[row] >= layout.end[row]) continue;
      all.first = std::min(all.first, layout.begin[row]);
      all.last = std::max(all.last, layout.end[row]);
    }
    return all;
  }

  // All that links of the row and of those beside it are made of.
  void fill(int layer, int row, RowSides& sides) const {
    const Columns spans = of_rows(layer, row - 1, row + 1);
    const auto first = static_cast<std::size_t>(std::max(spans.first - 1, 0));
    const auto last = static_cast<std::size_t>(std::min(spans.last + 1, model_.grid.ncol));
    if (first >= last) return;
    const std::size_t start = aquifer_.layout.row_start(layer, row) + first;
    double* thickness = sides.thickness.data() + first;
    if (is_plain_) {
      const Grid& grid = model_.grid;
      const double* top =
          layer == 0 ? grid.top.data() + start : grid.botm.data() + start - grid.layer_cells();
      row_kernels<double>().thickness(last - first, state_.ibound.data() + start,
                                      aquifer_.convertible.data() + start, top, grid.botm.data() + start,
                                      state_.head.data() + start, thickness);
      scale(model_.flow.k, start, last - first, thickness, sides.tx.data() + first);
      scale(k22_, start, last - first, thickness, sides.ty.data() + first);
      return;
    }
    for (std::size_t j = 0; j < last - first; ++j) {
      const std::size_t n = start + j;
      const bool wet = state_.ibound[n] != 0 && model_.grid.idomain[n] > 0;
      thickness[j] = wet_thickness(model_, aquifer_, n, state_.head[n], wet);
      sides.tx[first + j] = model_.flow.k[n] * thickness[j];
      sides.ty[first + j] = k22_[n] * thickness[j];
    }
  }

  static void scale(const CellArray<double>& k, std::size_t start, std::size_t count, const double* by,
                    double* out) {
    if (k.uniform()) {
      for (std::size_t j = 0; j < count; ++j) out[j] = k.values.front() * by[j];
      return;
    }
    const double* from = k.values.data() + start;
    for (std::size_t j = 0; j < count; ++j) out[j] = from[j] * by[j];
  }

  bool wet(std::size_t n) const { return state_.ibound[n] != 0 && model_.grid.idomain[n] > 0; }

  // Links right of the columns of the row's span and of the one before.
  void right_links(int layer, int row, const Columns& span) {
    if (span.empty()) return;
    const auto first = static_cast<std::size_t>(std::max(span.first - 1, 0));
    const auto last = static_cast<std::size_t>(std::min(span.last, model_.grid.ncol - 1));
    if (first >= last) return;
    const std::size_t start = aquifer_.layout.row_start(layer, row);
    const std::vector<double>& delr = model_.grid.delr;
    const double width = model_.grid.delc[static_cast<std::size_t>(row)];
    if (model_.flow.averaging == CellAveraging::harmonic) {
      const std::size_t count = last - first;
      std::fill_n(constant_.begin(), count, width);
      const double* tx = here_.tx.data() + first;
      const double* half = half_.data() + first;
      row_kernels<double>().harmonic(count, constant_.data(), tx, half, tx + 1, half + 1,
                                     aquifer_.right.data() + start + first);
      return;
    }
    for (std::size_t j = first; j < last; ++j) {
      double& link = aquifer_.right[start + j];
      const LinkSide a{model_.flow.k[start + j], here_.thickness[j], 0.5 * delr[j]};
      const LinkSide b{model_.flow.k[start + j + 1], here_.thickness[j + 1], 0.5 * delr[j + 1]};
      link = wet(start + j) && wet(start + j + 1) ? horizontal_conductance(model_.flow.averaging, width, a, b)
                                                  : 0;
    }
  }

  void front_links(int layer, int row, const Columns& columns) {
    const auto first = static_cast<std::size_t>(columns.first);
    const std::size_t start = aquifer_.layout.row_start(layer, row);
    const std::size_t ahead = start + model_.grid.delr.size();
    const double l1 = 0.5 * model_.grid.delc[static_cast<std::size_t>(row)];
    const double l2 = 0.5 * model_.grid.delc[static_cast<std::size_t>(row) + 1];
    if (model_.flow.averaging == CellAveraging::harmonic) {
      const std::size_t count = columns.count();
      std::fill_n(constant_.begin(), count, l1);
      std::fill_n(other_.begin(), count, l2);
      row_kernels<double>().harmonic(count, model_.grid.delr.data() + first, here_.ty.data() + first,
                                     constant_.data(), next_.ty.data() + first, other_.data(),
                                     aquifer_.front.data() + start + first);
      return;
    }
    for (std::size_t j = first; j < static_cast<std::size_t>(columns.last); ++j) {
      double& link = aquifer_.front[start + j];
      const double width = model_.grid.delr[j];
      const LinkSide a{k22_[start + j], here_.thickness[j], l1};
      const LinkSide b{k22_[ahead + j], next_.thickness[j], l2};
      link =
          wet(start + j) && wet(ahead + j) ? horizontal_conductance(model_.flow.averaging, width, a, b) : 0;
    }
  }

  const Model& model_;
  const FlowState& state_;
  Aquifer& aquifer_;
  const CellArray<double>& k22_;
  RowSides here_, next_;
  std::vector<double> half_;              // of the column widths
  std::vector<double> constant_, other_;  // one value along a row
  bool is_plain_;                         // neither pass-through cells nor fixed saturations
};

// Of a cell that is full as far as it can be: 1, or what THICKSTRT made of its starting head.
double full_saturation(const Aquifer& aquifer, std::size_t n) {
  return aquifer.fixed_saturation.empty() ? 1.0 : aquifer.fixed_saturation[n];
}

double saturation_at(const Model& model, const Aquifer& aquifer, const FlowState& state, std::size_t n) {
  if (!aquifer.is_convertible(n)) return full_saturation(aquifer, n);
  const double b = model.grid.cell_top(n) - model.grid.botm[n];
  return wet_thickness(model, aquifer, n, state.head[n], state.ibound[n] != 0) / b;
}

// VARIABLECV: vertical conductance from the wet thicknesses, the lower cell taken as full unless DEWATERED.
void update_pair(const Model& model, const FlowState& state, std::size_t n, std::size_t m, Aquifer& aquifer) {
  const Grid& grid = model.grid;
  const CellArray<double>& k33 = model.flow.k33.empty() ? model.flow.k : model.flow.k33;
  if (!aquifer.is_convertible(n) && !aquifer.is_convertible(m)) return;
  double s1 = saturation_at(model, aquifer, state, n);
  double s2 = model.flow.dewatered ? saturation_at(model, aquifer, state, m) : 1.0;
  if (state.head[n] >= grid.cell_top(n) && state.head[m] >= grid.cell_top(m)) {
    s1 = full_saturation(aquifer, n);
    s2 = full_saturation(aquifer, m);
  }
  const double conductance =
      state.ibound[n] == 0 || state.ibound[m] == 0
          ? 0.0
          : vertical_conductance(grid.area(n), s1 * (grid.cell_top(n) - grid.botm[n]), k33[n],
                                 s2 * (grid.cell_top(m) - grid.botm[m]), k33[m]);
  set_down(grid, n, m, conductance, aquifer.down);
}

void update_vertical(const Model& model, const FlowState& state, Aquifer& aquifer) {
  for_each_strip(aquifer.layout, [&](int strip) {
    for_rows(aquifer.layout, strip, [&](int, int, std::size_t begin, std::size_t end) {
      for (std::size_t n = begin; n < end; ++n) {
        if (model.grid.idomain[n] <= 0) continue;
        const CellIndex below = cell_below(model.grid, static_cast<CellIndex>(n));
        if (below != kNoCell) update_pair(model, state, n, static_cast<std::size_t>(below), aquifer);
      }
    });
  });
}

}  // namespace

void update_conductances(const Model& model, const FlowState& state, Aquifer& aquifer) {
  if (aquifer.any_convertible) {
    for_each_strip(aquifer.layout, [&](int strip) {
      HorizontalUpdate update(model, state, aquifer);
      for (int k = 0; k < model.grid.nlay; ++k) {
        update.rows(k, aquifer.layout.strip_row[static_cast<std::size_t>(strip)],
                    aquifer.layout.strip_row[static_cast<std::size_t>(strip) + 1]);
      }
    });
    if (model.flow.variable_cv) update_vertical(model, state, aquifer);
  }
}

}  // namespace phreatic::flow
