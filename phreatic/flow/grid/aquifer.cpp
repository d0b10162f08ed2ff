// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/grid/aquifer.hpp"

#include "phreatic/flow/grid/conductance.hpp"
#include "phreatic/flow/grid/saturation.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow {
namespace {

std::size_t index(CellIndex n) { return static_cast<std::size_t>(n); }

void set_cell_types(const Model& model, Aquifer& aquifer) {
  const Grid& grid = model.grid;
  const Flow& flow = model.flow;
  const std::size_t cells = grid.cells();
  aquifer.convertible.assign(cells, 0);
  aquifer.convertible_row.assign(cells / static_cast<std::size_t>(grid.ncol), 0);
  for (std::size_t n = 0; n < cells; ++n) {
    if (grid.idomain[n] < 0 && aquifer.pass_through.empty()) aquifer.pass_through.assign(cells, 0);
    if (grid.idomain[n] < 0) aquifer.pass_through[n] = 1;
    if (grid.idomain[n] <= 0 || flow.icelltype[n] == 0) continue;
    if (flow.icelltype[n] < 0 && flow.thickstrt) {
      if (aquifer.fixed_saturation.empty()) aquifer.fixed_saturation.assign(cells, 1.0);
      if (model.newton.enabled || model.start_heads[n] > grid.botm[n]) {
        aquifer.fixed_saturation[n] = wet_fraction(grid.cell_top(n), grid.botm[n], model.start_heads[n]);
        continue;
      }
      // It starts dry, so its links change; when it is rewetted it counts as full (MODFLOW 6).
      aquifer.convertible_row[n / static_cast<std::size_t>(grid.ncol)] = 1;
      aquifer.any_convertible = true;
      continue;
    }
    aquifer.convertible[n] = 1;
    aquifer.convertible_row[n / static_cast<std::size_t>(grid.ncol)] = 1;
    aquifer.any_convertible = true;
  }
}

void set_storage_rows(const Model& model, Aquifer& aquifer) {
  const Grid& grid = model.grid;
  const auto columns = static_cast<std::size_t>(grid.ncol);
  aquifer.storage_row.assign(grid.cells() / columns, StorageKind::mixed);
  const bool rare = !aquifer.pass_through.empty() || model.newton.enabled || model.storage.ss_confined_only ||
                    model.storage.shallow_share < 1;
  if (rare || !model.storage.present) return;
  for (std::size_t row = 0; row < aquifer.storage_row.size(); ++row) {
    std::size_t convertible = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      if (model.storage.iconvert[row * columns + j] != 0) ++convertible;
    }
    if (convertible == 0) aquifer.storage_row[row] = StorageKind::confined;
    if (convertible == columns) aquifer.storage_row[row] = StorageKind::convertible;
  }
}

double fixed_thickness(const Model& model, const Aquifer& aquifer, std::size_t n) {
  const double thickness = model.grid.cell_top(n) - model.grid.botm[n];
  return aquifer.fixed_saturation.empty() ? thickness : thickness * aquifer.fixed_saturation[n];
}

void set_horizontal(const Model& model, Aquifer& aquifer) {
  const Grid& grid = model.grid;
  const CellArray<double>& k22 = model.flow.k22.empty() ? model.flow.k : model.flow.k22;
  std::size_t n = 0;
  for (int k = 0; k < grid.nlay; ++k) {
    for (int i = 0; i < grid.nrow; ++i) {
      for (int j = 0; j < grid.ncol; ++j, ++n) {
        if (grid.idomain[n] <= 0) continue;
        const auto row = static_cast<std::size_t>(i);
        const auto column = static_cast<std::size_t>(j);
        const double b = fixed_thickness(model, aquifer, n);
        if (j + 1 < grid.ncol && grid.idomain[n + 1] > 0) {
          const LinkSide left{model.flow.k[n], b, 0.5 * grid.delr[column]};
          const LinkSide right{model.flow.k[n + 1], fixed_thickness(model, aquifer, n + 1),
                               0.5 * grid.delr[column + 1]};
          aquifer.right[n] = horizontal_conductance(model.flow.averaging, grid.delc[row], left, right);
        }
        const std::size_t m = n + static_cast<std::size_t>(grid.ncol);
        if (i + 1 < grid.nrow && grid.idomain[m] > 0) {
          const LinkSide back{k22[n], b, 0.5 * grid.delc[row]};
          const LinkSide front{k22[m], fixed_thickness(model, aquifer, m), 0.5 * grid.delc[row + 1]};
          aquifer.front[n] = horizontal_conductance(model.flow.averaging, grid.delr[column], back, front);
        }
      }
    }
  }
}

void set_vertical(const Model& model, Aquifer& aquifer) {
  const Grid& grid = model.grid;
  const CellArray<double>& k33 = model.flow.k33.empty() ? model.flow.k : model.flow.k33;
  for_vertical_pairs(grid, [&](std::size_t n, std::size_t m) {
    set_down(grid, n, m,
             vertical_conductance(grid.area(n), fixed_thickness(model, aquifer, n), k33[n],
                                  fixed_thickness(model, aquifer, m), k33[m]),
             aquifer.down);
  });
}

}  // namespace

CellIndex cell_below(const Grid& grid, CellIndex n) {
  const std::size_t layer = grid.layer_cells();
  for (std::size_t m = index(n) + layer; m < grid.cells(); m += layer) {
    if (grid.idomain[m] > 0) return static_cast<CellIndex>(m);
    if (grid.idomain[m] == 0) return kNoCell;
  }
  return kNoCell;
}

CellIndex cell_above(const Grid& grid, CellIndex n) {
  const std::size_t layer = grid.layer_cells();
  for (std::size_t m = index(n); m >= layer;) {
    m -= layer;
    if (grid.idomain[m] > 0) return static_cast<CellIndex>(m);
    if (grid.idomain[m] == 0) return kNoCell;
  }
  return kNoCell;
}

double wet_thickness(const Model& model, const Aquifer& aquifer, std::size_t n, double head, bool wet) {
  if (!wet) return 0;
  if (!aquifer.is_convertible(n)) return fixed_thickness(model, aquifer, n);
  const double top = model.grid.cell_top(n);
  return (head >= top ? top : head) - model.grid.botm[n];
}

std::size_t Aquifer::bytes() const {
  return convertible.capacity() + pass_through.capacity() + fixed_saturation.capacity() * sizeof(double) +
         layer_area.capacity() * sizeof(double) + right.bytes() + front.bytes() + down.bytes();
}

Aquifer make_aquifer(const Model& model) {
  Aquifer aquifer;
  aquifer.layout = make_layout(model.grid);
  set_cell_types(model, aquifer);
  set_storage_rows(model, aquifer);
  aquifer.layer_area.resize(model.grid.layer_cells());
  for (std::size_t n = 0; n < aquifer.layer_area.size(); ++n) aquifer.layer_area[n] = model.grid.area(n);
  aquifer.right = aquifer.layout.array<double>();
  aquifer.front = aquifer.layout.array<double>();
  aquifer.down = aquifer.layout.array<double>();
  set_horizontal(model, aquifer);
  set_vertical(model, aquifer);
  return aquifer;
}

}  // namespace phreatic::flow
