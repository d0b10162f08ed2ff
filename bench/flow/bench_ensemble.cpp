// SPDX-License-Identifier: BSD-3-Clause
// Measures ensembles; one JSON object per line.
//   bench_ensemble FOLDER LANES [fixed]   sixteen sites on a MODFLOW 6 folder: wall and processor seconds of all; fixed: with
//                                         transmissivities that do not change. LANES 1: one by one, 0: the baseline alone.
//                                         no-window, no-warm-start, own-factors, doubles, own-coefficients: without one of
//                                         the parts
//                                         four=K: the K-th four (1 to 4) of the sites alone, for shorter readings
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/flow/ensemble/ensemble.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"

namespace {

using namespace phreatic;

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) + 1e-6 * static_cast<double>(usage.ru_utime.tv_usec);
}

// Squares of ten cells by ten that get 10 to 25 mm/d in the first half of the run.
std::vector<flow::Scenario> sites(const flow::Grid& grid, double end) {
  core::RandomStream random(20, "ensemble sites", 0, 0);
  std::vector<flow::Scenario> out;
  for (int s = 0; s < 16; ++s) {
    flow::Scenario one;
    one.name = "site " + std::to_string(s + 1);
    flow::RechargeSite site;
    const int row = 5 + static_cast<int>(random.uniform() * (grid.nrow - 20));
    const int column = 5 + static_cast<int>(random.uniform() * (grid.ncol - 20));
    for (int i = row; i < row + 10; ++i) {
      for (int j = column; j < column + 10; ++j) site.cells.push_back(i * grid.ncol + j);
    }
    site.rate = 0.010 + 0.015 * random.uniform();
    site.first = 1;
    site.last = 0.5 * end;
    one.sites.push_back(site);
    out.push_back(one);
  }
  return out;
}

void run_baseline(const flow::Model& model) {
  flow::Simulation simulation(model);
  while (!simulation.finished()) simulation.advance();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(
        stderr,
        "usage: bench_ensemble FOLDER LANES [fixed] [no-window] [no-warm-start] [own-factors] [doubles] "
        "[own-coefficients] [four=K]\n");
    return 2;
  }
  flow::Model model = flow::mf6::read_simulation({.folder = argv[1]}).model;
  const std::vector<std::string> options(argv + 3, argv + argc);
  const auto has = [&](const char* name) {
    return std::find(options.begin(), options.end(), name) != options.end();
  };
  if (has("fixed")) {
    model.flow.icelltype = std::int8_t{0};
    model.storage.iconvert = std::int8_t{0};
    model.storage.ss = 1e-3;
  }
  double end = 0;
  for (const flow::StressPeriod& period : model.periods) end += period.perlen;
  const int lanes = std::stoi(argv[2]);
  const double processor = processor_seconds();
  const auto start = std::chrono::steady_clock::now();
  int outer = 0, inner = 0, alone = 0;
  double worst = 0;
  double share = 0;
  if (lanes == 0) {
    run_baseline(model);
  } else {
    core::Log log(true);
    core::Context context{log, false};
    flow::EnsembleParams params;
    params.lanes = lanes;
    params.parts = {!has("no-window"), !has("no-warm-start"), !has("own-factors"), !has("doubles"),
                    !has("own-coefficients")};
    std::vector<flow::Scenario> scenarios = sites(model.grid, end);
    for (int four = 1; four <= 4; ++four) {
      if (!has(("four=" + std::to_string(four)).c_str())) continue;
      scenarios.erase(scenarios.begin() + 4 * four, scenarios.end());
      scenarios.erase(scenarios.begin(), scenarios.end() - 4);
    }
    const flow::EnsembleResult result = flow::run_ensemble(model, scenarios, params, context);
    for (const flow::ScenarioResult& one : result.scenarios) {
      outer += one.outer_iterations;
      inner += one.inner_iterations;
      alone += one.alone ? 1 : 0;
      worst = std::max(worst, one.rise.water.back());
      share += one.window_share / static_cast<double>(result.scenarios.size());
    }
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf(
      R"({"lanes": %d, "seconds": %.3f, "processor": %.3f, "outer": %d, "inner": %d, "alone": %d, "window": %.3f, "water": %.6g})"
      "\n",
      lanes, seconds, processor_seconds() - processor, outer, inner, alone, share, worst);
  return 0;
}
