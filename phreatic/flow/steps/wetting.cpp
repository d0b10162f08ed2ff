// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/steps/wetting.hpp"

#include <array>
#include <cmath>

#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow {
namespace {

std::size_t index(CellIndex n) { return static_cast<std::size_t>(n); }

struct Neighbour {
  CellIndex cell = kNoCell;
  bool vertical = false;
};

// The six neighbours in increasing number.
std::array<Neighbour, 6> neighbours(const Grid& grid, std::size_t n) {
  const auto columns = static_cast<std::size_t>(grid.ncol);
  const std::size_t in_layer = n % grid.layer_cells();
  const std::size_t row = in_layer / columns;
  const std::size_t column = in_layer % columns;
  const auto side = [&](bool inside, std::size_t m) {
    return Neighbour{inside && grid.idomain[m] > 0 ? static_cast<CellIndex>(m) : kNoCell, false};
  };
  const auto cell = static_cast<CellIndex>(n);
  return {Neighbour{cell_above(grid, cell), true},
          side(row > 0, n - columns),
          side(column > 0, n - 1),
          side(column + 1 < columns, n + 1),
          side(row + 1 < static_cast<std::size_t>(grid.nrow), n + columns),
          Neighbour{cell_below(grid, cell), true}};
}

bool falls_dry(const Model& model, const Aquifer& aquifer, const FlowState& state, std::size_t n) {
  if (state.ibound[n] == 0 || !aquifer.is_convertible(n)) return false;
  return std::min(state.head[n], model.grid.cell_top(n)) - model.grid.botm[n] <= 0;
}

}  // namespace

Wetting::Wetting(const Model& model, const Aquifer& aquifer) : possible_(aquifer.any_convertible) {
  if (!model.flow.rewet.enabled) return;
  for (std::size_t n = 0; n < model.grid.cells(); ++n) {
    if (model.grid.idomain[n] > 0 && model.flow.rewet.wetdry[n] != 0) {
      wettable_.push_back(static_cast<CellIndex>(n));
    }
  }
}

// Whether the dry cell n is wetted by a neighbour, and to what head.
bool Wetting::wets(const Model& model, const FlowState& state, std::size_t n, double& head) const {
  const Rewetting& rewet = model.flow.rewet;
  const double bottom = model.grid.botm[n];
  const double threshold = std::abs(rewet.wetdry[n]);
  for (const Neighbour& neighbour : neighbours(model.grid, n)) {
    if (neighbour.cell == kNoCell || state.ibound[index(neighbour.cell)] <= 0) continue;
    if (!neighbour.vertical && rewet.wetdry[n] < 0) continue;
    const double from = state.head[index(neighbour.cell)];
    if (from < bottom + threshold) continue;
    head = bottom + rewet.factor * (rewet.equation == 0 ? from - bottom : threshold);
    return true;
  }
  return false;
}

WettingResult Wetting::sweep(const Model& model, const Aquifer& aquifer, int iteration,
                             FlowState& state) const {
  WettingResult result;
  if (!wettable_.empty() && iteration % model.flow.rewet.every == 0) {
    for (const CellIndex cell : wettable_) {
      const std::size_t n = index(cell);
      double head = 0;
      if (state.ibound[n] != 0 || !wets(model, state, n, head)) continue;
      state.head[n] = head;
      state.ibound[n] = 1;
      ++result.rewetted;
    }
  }
  const Layout& layout = aquifer.layout;
  for (int k = 0; k < layout.nlay; ++k) {
    for (int i = 0; i < layout.nrow; ++i) {
      const std::size_t row = layout.row_index(k, i);
      if (aquifer.convertible_row[row] == 0) continue;
      const std::size_t start = layout.row_start(k, i);
      for (int j = layout.begin[row]; j < layout.end[row]; ++j) {
        const std::size_t n = start + static_cast<std::size_t>(j);
        if (!falls_dry(model, aquifer, state, n)) continue;
        if (state.ibound[n] < 0) result.fixed_head_dry = static_cast<CellIndex>(n);
        state.head[n] = kDryHead;
        state.ibound[n] = 0;
        ++result.dried;
      }
    }
  }
  return result;
}

void Wetting::start_dry(const Model& model, const Aquifer& aquifer, FlowState& state) const {
  for (std::size_t n = 0; n < model.grid.cells(); ++n) {
    const bool fixed = model.grid.idomain[n] > 0 && model.flow.thickstrt && model.flow.icelltype[n] < 0;
    const bool below = state.ibound[n] > 0 && state.head[n] <= model.grid.botm[n];
    if (!(fixed && below) && !falls_dry(model, aquifer, state, n)) continue;
    state.head[n] = kDryHead;
    state.ibound[n] = 0;
  }
}

bool Wetting::would_change(const Model& model, const Aquifer& aquifer, int iteration,
                           const FlowState& state) const {
  if (!wettable_.empty() && iteration % model.flow.rewet.every == 0) {
    for (const CellIndex cell : wettable_) {
      double head = 0;
      if (state.ibound[index(cell)] == 0 && wets(model, state, index(cell), head)) return true;
    }
  }
  for (std::size_t n = 0; n < model.grid.cells(); ++n) {
    if (falls_dry(model, aquifer, state, n)) return true;
  }
  return false;
}

void Wetting::start_step(const Model& model, FlowState& state) const {
  for (const CellIndex cell : wettable_) {
    if (state.ibound[index(cell)] == 0) state.old[index(cell)] = model.grid.botm[index(cell)];
  }
}

}  // namespace phreatic::flow
