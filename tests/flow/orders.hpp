// SPDX-License-Identifier: BSD-3-Clause
// Errors of the engine against closed forms on grids and steps of any fineness: what the tests of the orders
// of convergence and their figure share.
#pragma once

#include <algorithm>
#include <cmath>

#include "models.hpp"
#include "phreatic/core/errors.hpp"

namespace phreatic::flow::testing {

inline const EngineOptions kTight{
    .head_tolerance = 1e-11, .balance_tolerance = 1e-13, .single_precision = false};

inline std::vector<double> final_heads(Model model) {
  Simulation simulation(std::move(model), kTight);
  while (!simulation.finished()) {
    const StepReport& report = simulation.advance();
    if (report.status != StepStatus::converged) throw core::RunError("not converged: " + report.message);
  }
  return simulation.heads();
}

// Largest error (m) of steady flow with the source 0.01 sin(pi x / 1000) m/d between heads of 0.
inline double smooth_source_error(int cells) {
  const double width = 1000.0 / cells;
  Model model = block(1, 1, cells, width, 0, 10);
  model.flow.k = 10.0;
  std::vector<CellIndex> all;
  std::vector<std::vector<double>> rates;
  for (int j = 0; j < cells; ++j) {
    all.push_back(j);
    rates.push_back({0.01 * std::sin(M_PI * (j + 0.5) / cells)});
  }
  model.packages.push_back(package(PackageKind::rch, all, rates));
  // Heads 0 at the outer faces: half a cell of conductance.
  const double conductance = 10.0 * 10 * width / (0.5 * width);
  model.packages.push_back(package(PackageKind::ghb, {0, cells - 1}, {{0, conductance}, {0, conductance}}));
  model.grid.delc = {width};
  const std::vector<double> heads = final_heads(std::move(model));
  const double scale = 0.01 * 1000 * 1000 / (M_PI * M_PI * 100);
  double worst = 0;
  for (int j = 0; j < cells; ++j) {
    const double exact = scale * std::sin(M_PI * (j + 0.5) / cells);
    worst = std::max(worst, std::abs(heads[static_cast<std::size_t>(j)] - exact));
  }
  return worst;
}

// Largest error (m) of the Dupuit parabola between heads of 20 and 4 m, cells of 1000 / n m.
inline double dupuit_error(int n, bool newton) {
  const double width = 1000.0 / n;
  Model model = block(1, 1, n + 1, width, 100, 100);
  model.flow.icelltype = std::int8_t{1};
  model.flow.k = 5.0;
  model.newton.enabled = newton;
  model.start_heads.assign(model.grid.cells(), 20.0);
  model.packages.push_back(package(PackageKind::chd, {0, n}, {{20}, {4}}));
  const std::vector<double> heads = final_heads(std::move(model));
  double worst = 0;
  for (int j = 0; j <= n; ++j) {
    const double exact = std::sqrt(400 - (400 - 16) * width * j / 1000);
    worst = std::max(worst, std::abs(heads[static_cast<std::size_t>(j)] - exact));
  }
  return worst;
}

// Error (m) of a reservoir that drains from 8 m through a conductance, after one time constant.
inline double drainage_error(int steps) {
  Model model = block(1, 1, 1, 10, 0, 10);
  model.start_heads = {8.0};
  make_transient(model, 5, steps, 1, 0.01, 0, false);
  model.packages.push_back(package(PackageKind::ghb, {0}, {{0, 2}}));
  return std::abs(final_heads(std::move(model))[0] - 8 * std::exp(-2 * 5 / (0.01 * 10 * 100.0)));
}

}  // namespace phreatic::flow::testing
