// SPDX-License-Identifier: BSD-3-Clause
// Measures the groundwater engine; one JSON object per line.
//   bench_flow time FOLDER [multigrid] [tight]   reading and running a MODFLOW 6 folder: seconds, iterations,
//                              memory; tight: tolerances a hundredth of those of large models
//   bench_flow error FOLDER    final heads against a run with every tolerance a thousandth
//   bench_flow adjoint FOLDER [tolerance]   processor time of a forward run, of one sweep backward for the water in storage at the
//                              end, and of one for eight dates
//   bench_flow triad           memory bandwidth of 1 and of all threads (mccalpin1995)
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/parallel.hpp"
#include "phreatic/flow/adjoint/storage_response.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace {

using namespace phreatic;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

double processor_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void time_model(const std::filesystem::path& folder, const flow::EngineOptions& options) {
  const double processor = processor_s();
  const auto start = std::chrono::steady_clock::now();
  flow::Simulation simulation(std::move(flow::mf6::read_simulation({.folder = folder}).model), options);
  const double read = seconds_since(start);
  int steps = 0;
  int outer = 0;
  int inner = 0;
  int unconverged = 0;
  double balance = 0;
  while (!simulation.finished()) {
    const flow::StepReport& report = simulation.advance();
    ++steps;
    outer += report.outer_iterations;
    inner += report.inner_iterations;
    unconverged += report.status == flow::StepStatus::converged ? 0 : 1;
    balance = std::max(balance, std::abs(report.balance_percent));
  }
  const auto cells = static_cast<double>(simulation.heads().size());
  std::printf(
      R"({"seconds": %.4f, "processor": %.4f, "read": %.4f, "steps": %d, "outer": %d, "inner": %d, "unconverged": %d, "balance": %.3e, )"
      R"("cells": %.0f, "bytes": %.1f, "peak": %.1f})"
      "\n",
      seconds_since(start), processor_s() - processor, read, steps, outer, inner, unconverged, balance, cells,
      static_cast<double>(simulation.memory_bytes()) / cells, peak_bytes() / cells);
}

std::vector<double> final_heads(const std::filesystem::path& folder, double part,
                                const flow::EngineOptions& options) {
  flow::Model model = std::move(flow::mf6::read_simulation({.folder = folder}).model);
  model.solver.outer_dvclose *= part;
  flow::Simulation simulation(std::move(model), options);
  while (!simulation.finished()) simulation.advance();
  return simulation.heads();
}

void error_of_model(const std::filesystem::path& folder) {
  flow::EngineOptions tight;
  tight.head_tolerance *= 1e-3;
  tight.balance_tolerance *= 1e-3;
  tight.large_model_ease = 1;
  const std::vector<double> reference = final_heads(folder, 1e-3, tight);
  const std::vector<double> heads = final_heads(folder, 1, {});
  double worst = 0;
  for (std::size_t n = 0; n < heads.size(); ++n) worst = std::max(worst, std::abs(heads[n] - reference[n]));
  std::printf(R"({"error": %.3e})"
              "\n",
              worst);
}

// The response of storage to recharge in every column, at the end of the run and at eight dates spread over it.
void time_adjoint(const std::filesystem::path& folder, double tolerance) {
  const auto model = [&] { return std::move(flow::mf6::read_simulation({.folder = folder}).model); };
  double started = processor_s();
  flow::Simulation simulation(model());
  const double read = processor_s() - started;
  started = processor_s();
  while (!simulation.finished()) simulation.advance();
  const double forward = processor_s() - started;
  const flow::Trajectory run = flow::record_run(model(), {}, {});
  const auto sweep = [&](int dates) {
    flow::SweepParams params;
    params.tolerance = tolerance;
    params.wanted.recharge = true;
    params.group_of_step.assign(run.steps(), 0);
    for (int d = 1; d <= dates; ++d)
      params.measures.push_back(
          flow::storage_measure(std::to_string(d), static_cast<int>(run.steps()) * d / dates - 1));
    const double start = processor_s();
    const flow::AdjointResult result = flow::sweep(run, params);
    const double seconds = processor_s() - start;
    std::printf(
        R"({"dates": %d, "backward": %.3f, "forward": %.3f, "ratio": %.2f, "iterations": %zu, "systems": %zu, )"
        R"("not_solved": %zu, "bytes_per_cell": %.0f, "forward_bytes_per_cell": %.0f, "read": %.3f})"
        "\n",
        dates, seconds, forward, seconds / forward, result.iterations, result.systems,
        result.systems_not_solved,
        static_cast<double>(result.memory_bytes) / static_cast<double>(run.model().grid.cells()),
        static_cast<double>(simulation.memory_bytes()) / static_cast<double>(run.model().grid.cells()), read);
    std::fflush(stdout);
  };
  sweep(1);
  sweep(8);
}

// GB/s of a = b + s c over arrays far beyond the caches; best of several turns.
double triad(int threads) {
  constexpr std::size_t kSize = std::size_t{1} << 25;  // doubles per array
  constexpr std::size_t kParts = 64;
  core::set_thread_count(threads);
  std::vector<double> a(kSize, 0.0), b(kSize, 1.0), c(kSize, 2.0);
  double best = 1e30;
  for (int turn = 0; turn < 8; ++turn) {
    const auto start = std::chrono::steady_clock::now();
    core::parallel_for(kParts, [&](std::size_t part) {
      const std::size_t end = (part + 1) * kSize / kParts;
      for (std::size_t i = part * kSize / kParts; i < end; ++i) a[i] = b[i] + 0.5 * c[i];
    });
    best = std::min(best, seconds_since(start));
    b[static_cast<std::size_t>(turn)] = a[kSize / 2];
  }
  return 3 * sizeof(double) * static_cast<double>(kSize) / best * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "triad") {
    const int all = core::thread_count();
    const double one = triad(1);
    std::printf(R"({"one": %.1f, "all": %.1f, "threads": %d})"
                "\n",
                one, triad(all), all);
    return 0;
  }
  if (argc < 3 || (what != "time" && what != "error" && what != "adjoint")) {
    std::fprintf(stderr,
                 "usage: bench_flow time FOLDER [multigrid] [tight], error FOLDER, adjoint FOLDER "
                 "[tolerance], or triad\n");
    return 2;
  }
  if (what == "error") {
    error_of_model(argv[2]);
    return 0;
  }
  if (what == "adjoint") {
    time_adjoint(argv[2], argc > 3 ? std::atof(argv[3]) : 1e-7);
    return 0;
  }
  flow::EngineOptions options;
  for (int i = 3; i < argc; ++i) {
    if (std::string(argv[i]) == "multigrid") options.multigrid = true;
    if (std::string(argv[i]) == "tight") options.large_model_ease = 0.1;
  }
  time_model(argv[2], options);
  return 0;
}
