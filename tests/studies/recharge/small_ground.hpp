// SPDX-License-Identifier: BSD-3-Clause
// A small model and its Ground for tests, without files: one or two flat layers, closed or with drains.
#pragma once

#include <vector>

#include "phreatic/studies/recharge/scenarios/ground.hpp"

namespace phreatic::studies::recharge::testing {

inline Ground small_ground(int rows, int columns, double cell_m, int layers = 1) {
  Ground ground;
  flow::Model& model = ground.model;
  model.grid.nlay = layers;
  model.grid.nrow = rows;
  model.grid.ncol = columns;
  model.grid.delr.assign(static_cast<std::size_t>(columns), cell_m);
  model.grid.delc.assign(static_cast<std::size_t>(rows), cell_m);
  model.grid.top.assign(model.grid.layer_cells(), 0.0);
  for (int k = 0; k < layers; ++k)
    model.grid.botm.insert(model.grid.botm.end(), model.grid.layer_cells(), -20.0 * (k + 1));
  model.start_heads.assign(model.grid.cells(), -3.0);
  model.flow.k = 10.0;
  model.flow.icelltype = std::int8_t{1};
  model.storage.present = true;
  model.storage.iconvert = std::int8_t{1};
  model.storage.sy = 0.2;
  model.storage.ss = 1e-6;
  model.periods = {{30, 3, 1, false, {}}, {60, 12, 1, false, {}}};
  model.solver.outer_dvclose = 1e-8;
  model.solver.inner_dvclose = 1e-9;
  model.solver.inner_rclose = 1e-6;
  model.solver.outer_maximum = 200;
  model.solver.inner_maximum = 500;
  double time = 0;
  for (std::size_t p = 0; p < model.periods.size(); ++p) {
    for (const double length : flow::step_lengths(model.periods[p])) {
      ground.schedule.steps.push_back({time, time + length, static_cast<int>(p)});
      time += length;
    }
  }
  ground.schedule.first = 0;
  ground.schedule.end = 3;
  ground.schedule.last = 14;
  ground.geo = {.width = columns, .height = rows, .transform = {0, cell_m, 0, rows * cell_m, 0, -cell_m}};
  ground.exists.assign(model.grid.layer_cells(), true);
  return ground;
}

inline flow::Package drains_everywhere(const Ground& ground, double elevation_m, double resistance_days) {
  flow::PackageValues values;
  const std::size_t n = ground.places();
  for (std::size_t place = 0; place < n; ++place) values.cell.push_back(static_cast<flow::CellIndex>(place));
  values.values.assign(n, elevation_m);
  values.values.insert(values.values.end(), n, ground.cell_area() / resistance_days);
  flow::Package package;
  package.kind = flow::PackageKind::drn;
  package.name = "DRAINS";
  package.provider = flow::constant_values(std::move(values));
  return package;
}

}  // namespace phreatic::studies::recharge::testing
