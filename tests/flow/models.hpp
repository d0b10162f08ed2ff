// SPDX-License-Identifier: BSD-3-Clause
// Small models for tests.
#pragma once

#include <vector>

#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow::testing {

// Confined, homogeneous, layers of equal thickness from `top` down; steady, one step, without boundaries.
inline Model block(int nlay, std::vector<double> delc, std::vector<double> delr, double top,
                   double thickness) {
  Model model;
  Grid& grid = model.grid;
  grid.nlay = nlay;
  grid.nrow = static_cast<int>(delc.size());
  grid.ncol = static_cast<int>(delr.size());
  grid.delr = std::move(delr);
  grid.delc = std::move(delc);
  grid.top.assign(grid.layer_cells(), top);
  for (int k = 0; k < nlay; ++k)
    grid.botm.insert(grid.botm.end(), grid.layer_cells(), top - thickness * (k + 1));
  model.start_heads.assign(grid.cells(), top);
  model.periods = {StressPeriod{}};
  model.solver.outer_dvclose = 1e-6;
  model.solver.outer_maximum = 200;
  return model;
}

inline Model block(int nlay, int nrow, int ncol, double width, double top, double thickness) {
  return block(nlay, std::vector<double>(static_cast<std::size_t>(nrow), width),
               std::vector<double>(static_cast<std::size_t>(ncol), width), top, thickness);
}

// A package with the same bounds in every step; values[b] holds the columns of bound b.
inline Package package(PackageKind kind, std::vector<CellIndex> cells,
                       const std::vector<std::vector<double>>& rows) {
  Package result;
  result.kind = kind;
  result.name = "P" + std::string(kind.name());
  PackageValues values;
  values.cell = std::move(cells);
  const std::size_t columns = rows.empty() ? 0 : rows.front().size();
  for (std::size_t c = 0; c < columns; ++c) {
    for (const std::vector<double>& row : rows) values.values.push_back(row[c]);
  }
  result.provider = constant_values(std::move(values));
  return result;
}

inline void make_transient(Model& model, double length, int steps, double multiplier, double ss, double sy,
                           bool convertible) {
  model.periods = {StressPeriod{length, steps, multiplier, false, {}}};
  model.storage.present = true;
  model.storage.ss = ss;
  model.storage.sy = sy;
  model.storage.iconvert = static_cast<std::int8_t>(convertible ? 1 : 0);
}

inline const EngineOptions kExact{
    .head_tolerance = 1e-9, .balance_tolerance = 1e-12, .single_precision = false};

}  // namespace phreatic::flow::testing
