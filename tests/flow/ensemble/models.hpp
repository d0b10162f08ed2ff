// SPDX-License-Identifier: BSD-3-Clause
// Small models for ensembles: a valley with a river, drains, general heads, recharge and a well.
#pragma once

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/flow/ensemble/ensemble.hpp"
#include "tests/flow/models.hpp"

namespace phreatic::flow::testing {

inline constexpr int kRows = 24;
inline constexpr int kColumns = 30;

// Two layers, 50 m cells; a steady first period, then daily steps. Everything that bounds the heads is linear in them
// when `linear`: fixed heads, general heads, a well, recharge. Otherwise river and drains too, and an unconfined top.
inline Model valley(bool linear, int steps = 20) {
  Model model = block(2, kRows, kColumns, 50, 10, 15);
  model.name = "valley";
  make_transient(model, steps, steps, 1, 1e-4, 0.15, !linear);
  model.periods.insert(model.periods.begin(), StressPeriod{1, 1, 1, true, {}});
  model.flow.k33 = 0.05;
  const std::size_t cells = model.grid.cells();
  std::vector<double> k(cells);
  for (std::size_t n = 0; n < cells; ++n)
    k[n] =
        12 + 8 * std::sin(0.3 * static_cast<double>(n % 30)) * std::cos(0.21 * static_cast<double>(n / 30));
  model.flow.k = k;
  if (!linear) {
    std::vector<std::int8_t> type(cells, 0);
    for (std::size_t n = 0; n < cells / 2; ++n) type[n] = 1;
    model.flow.icelltype = type;
    model.storage.iconvert = type;
  }
  model.start_heads.assign(cells, 7.5);
  std::vector<CellIndex> edge, land;
  std::vector<std::vector<double>> heads, rates;
  for (int i = 0; i < kRows; ++i) {
    for (const int j : {0, kColumns - 1}) {
      edge.push_back(model.grid.cell(0, i, j));
      heads.push_back({j == 0 ? 8.0 : 6.5});
    }
    for (int j = 0; j < kColumns; ++j) {
      land.push_back(model.grid.cell(0, i, j));
      rates.push_back({0.001});
    }
  }
  model.packages.push_back(package(PackageKind::chd, edge, heads));
  model.packages.push_back(package(PackageKind::rch, land, rates));
  model.packages.push_back(package(PackageKind::wel, {model.grid.cell(1, 12, 20)}, {{-120}}));
  model.packages.push_back(package(PackageKind::ghb, {model.grid.cell(0, 20, 10)}, {{7, 40}}));
  if (!linear) {
    std::vector<CellIndex> river, drained;
    std::vector<std::vector<double>> stages, drains;
    for (int j = 1; j + 1 < kColumns; ++j) {
      river.push_back(model.grid.cell(0, 8, j));
      stages.push_back({7.4, 30, 6.9});
      drained.push_back(model.grid.cell(0, 15, j));
      drains.push_back({7.6, 15});
    }
    model.packages.push_back(package(PackageKind::riv, river, stages));
    model.packages.push_back(package(PackageKind::drn, drained, drains));
  }
  return model;
}

// A square of water from day 3 to day 12.
inline Scenario site(const std::string& name, int row, int column, int width, double rate) {
  Scenario scenario;
  scenario.name = name;
  RechargeSite one;
  for (int i = row; i < row + width; ++i) {
    for (int j = column; j < column + width; ++j) one.cells.push_back(i * kColumns + j);
  }
  one.rate = rate;
  one.first = 3;
  one.last = 12;
  scenario.sites.push_back(one);
  return scenario;
}

// Heads of all scenarios at all dates, in the order in which they are given out.
struct Collected {
  EnsembleResult result;
  std::vector<std::vector<std::vector<double>>> heads;  // [scenario][date][cell]
  std::vector<std::vector<double>> baseline;            // [date][cell]
};

inline Collected collect(const Model& model, const std::vector<Scenario>& scenarios,
                         const EnsembleParams& params) {
  Collected out;
  core::Log log(true);
  core::Context context{log, false};
  const std::size_t dates = params.dates.empty() ? 1 : params.dates.size();
  out.heads.assign(scenarios.size(), std::vector<std::vector<double>>(dates));
  out.baseline.resize(dates);
  out.result = run_ensemble(model, scenarios, params, context, [&](const ScenarioHeads& at) {
    out.heads[at.scenario][at.date] = at.heads;
    out.baseline[at.date] = at.baseline;
  });
  return out;
}

}  // namespace phreatic::flow::testing
