// SPDX-License-Identifier: BSD-3-Clause
// What stays of a model during a run: cell types, saturated conductances, and where conductances change with
// heads.
#pragma once

#include <cstdint>
#include <vector>

#include "phreatic/flow/grid/layout.hpp"
#include "phreatic/flow/model.hpp"

namespace phreatic::flow {

// Which storage equation holds along a row; mixed rows, and rare options, are done cell by cell.
enum class StorageKind : std::uint8_t { confined, convertible, mixed };

struct Aquifer {
  Layout layout;
  std::vector<std::int8_t> convertible;       // [cells]
  std::vector<std::int8_t> pass_through;      // [cells] or empty when there is none
  std::vector<double> fixed_saturation;       // [cells] of confined cells with THICKSTRT, else empty
  std::vector<std::uint8_t> convertible_row;  // [nlay * nrow] any convertible cell in the row
  std::vector<StorageKind> storage_row;       // [nlay * nrow]
  bool any_convertible = false;
  std::vector<double> layer_area;  // [layer cells] (L2)

  // Conductances. Horizontal ones without barriers; where a convertible cell takes part they are those of the
  // last update (Picard), or of full thickness (Newton). Vertical ones of full thickness; next to
  // pass-through cells each of the q + 1 links has (q + 1) times the conductance, so that the cell between
  // needs no equation of its own kind: it is a node without storage.
  Padded<double> right;
  Padded<double> front;
  Padded<double> down;

  double area(std::size_t n) const { return layer_area[n < layer_area.size() ? n : n % layer_area.size()]; }
  bool is_convertible(std::size_t n) const { return convertible[n] != 0; }
  bool is_pass_through(std::size_t n) const { return !pass_through.empty() && pass_through[n] != 0; }
  std::size_t bytes() const;
};

Aquifer make_aquifer(const Model& model);

// Thickness of the saturated part of cell n for horizontal flow in the Picard form; 0 for cells that are not
// wet.
double wet_thickness(const Model& model, const Aquifer& aquifer, std::size_t n, double head, bool wet);

// Vertical neighbours across pass-through cells, kNoCell when there is none.
CellIndex cell_above(const Grid& grid, CellIndex n);
CellIndex cell_below(const Grid& grid, CellIndex n);

// Calls use(upper, lower) for every pair of active cells that are vertical neighbours, across pass-through cells, in
// increasing number of the upper one.
template <class Use>
void for_vertical_pairs(const Grid& grid, Use&& use) {
  for (std::size_t n = 0; n + grid.layer_cells() < grid.cells(); ++n) {
    if (grid.idomain[n] <= 0) continue;
    const CellIndex below = cell_below(grid, static_cast<CellIndex>(n));
    if (below != kNoCell) use(n, static_cast<std::size_t>(below));
  }
}

// Gives the links between an upper cell and its lower neighbour the conductance of the pair.
inline void set_down(const Grid& grid, std::size_t upper, std::size_t lower, double conductance,
                     Padded<double>& down) {
  const auto links = static_cast<double>(grid.layers_between(upper, lower));
  for (std::size_t at = upper; at < lower; at += grid.layer_cells()) down[at] = links * conductance;
}

}  // namespace phreatic::flow
