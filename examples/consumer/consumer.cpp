// SPDX-License-Identifier: BSD-3-Clause
// Steady flow in a strip of ten cells between two fixed heads, by the engine, beside the exact solution: a straight
// line. Prints the efficiency of the one against the other.
#include <cstdio>
#include <vector>

#include "phreatic/flow/model.hpp"
#include "phreatic/flow/steps/simulation.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace flow = phreatic::flow;

int main() {
  constexpr int kCells = 10;
  flow::Model model;
  model.grid.nlay = 1;
  model.grid.nrow = 1;
  model.grid.ncol = kCells;
  model.grid.delr.assign(kCells, 100.0);
  model.grid.delc = {100.0};
  model.grid.top.assign(kCells, 0.0);
  model.grid.botm.assign(kCells, -20.0);
  model.start_heads.assign(kCells, 10.0);
  model.periods = {flow::StressPeriod{}};
  model.solver.outer_dvclose = 1e-9;

  flow::PackageValues heads;
  heads.cell = {0, kCells - 1};
  heads.values = {10.0, 1.0};
  flow::Package fixed;
  fixed.kind = flow::PackageKind::chd;
  fixed.name = "ENDS";
  fixed.provider = flow::constant_values(std::move(heads));
  model.packages.push_back(std::move(fixed));

  flow::Simulation simulation(std::move(model));
  const flow::StepReport& report = simulation.advance();
  if (report.status != flow::StepStatus::converged) return 1;

  std::vector<double> exact;
  for (int i = 0; i < kCells; ++i) exact.push_back(10.0 - i);
  const auto heads_m = simulation.heads();
  const double nse = phreatic::stats::nse(exact, std::vector<double>(heads_m.begin(), heads_m.end()));
  std::printf("NSE of the engine against the straight line: %.9f\n", nse);
  return nse > 0.999999999 ? 0 : 1;
}
