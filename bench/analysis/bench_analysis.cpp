// SPDX-License-Identifier: BSD-3-Clause
// Processor and wall time of what `phreatic analyse` computes.
//   bench_analysis som_online|som_batch OUT       map of 10 x 10 nodes, 1,000 series of 1,000 steps, 10 epochs from a map whose
//                                                 start is not counted; one thread
//   bench_analysis entropy OUT                    permutation entropy of 10,000 series of 5,000 steps; one thread
//   bench_analysis lags WELLS                     lags 0 to 12 of 10 drivers with that many wells, 4,000 steps; all threads
// prints {"cpu_s": s, "wall_s": s} and writes the codebook or the entropies to OUT for comparison. Series are those of
// peers.py.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include "phreatic/core/parallel.hpp"
#include "phreatic/stats/clustering/som.hpp"
#include "phreatic/stats/clustering/som_start.hpp"
#include "phreatic/stats/clustering/som_training.hpp"
#include "phreatic/stats/series/correlation.hpp"
#include "phreatic/stats/series/permutation_entropy.hpp"

namespace {

// Walks with a season each, from a linear congruential generator.
std::vector<double> made(std::size_t series, std::size_t steps) {
  std::vector<double> out;
  out.reserve(series * steps);
  std::uint64_t state = 1;
  const auto next = [&] {
    state = (1103515245 * state + 12345) % (1ULL << 31U);
    return (static_cast<double>(state) + 0.5) / static_cast<double>(1ULL << 31U) - 0.5;
  };
  for (std::size_t k = 0; k < series; ++k) {
    const double phase = 2 * std::numbers::pi * next();
    double level = 0;
    for (std::size_t t = 0; t < steps; ++t) {
      level = 0.95 * level + next();
      out.push_back(level + std::cos(2 * std::numbers::pi * static_cast<double>(t) / 365 + phase));
    }
  }
  return out;
}

struct Clocks {
  std::chrono::steady_clock::time_point wall = std::chrono::steady_clock::now();
  std::clock_t cpu = std::clock();
};

// The map's training alone; `clocks` are set when it begins.
std::vector<double> som(const std::vector<double>& values, bool online, Clocks& clocks) {
  const phreatic::stats::Points samples(values, 1000, 1000);
  phreatic::stats::SomParams params;
  params.rows = params.columns = 10;
  params.grid = phreatic::stats::SomGrid::rectangular;
  params.training = online ? phreatic::stats::SomTraining::online : phreatic::stats::SomTraining::batch;
  params.epochs = 10;
  phreatic::stats::Som map{10, 10, params.grid, 1000, {}};
  phreatic::stats::start_som(samples, params, map);
  clocks = {};
  phreatic::stats::run_epochs(samples, params, phreatic::core::Isa::automatic, map);
  return map.codebook;
}

std::vector<double> entropies(const std::vector<double>& values) {
  std::vector<double> out;
  for (std::size_t k = 0; k < 10000; ++k)
    out.push_back(
        phreatic::stats::permutation_entropy({values.data() + k * 5000, 5000}, {.order = 3}).normalised);
  return out;
}

void lags(const std::vector<double>& values, std::size_t wells) {
  std::vector<phreatic::stats::Series> x, y;
  for (std::size_t k = 0; k < 10; ++k) x.emplace_back(values.data() + k * 4000, 4000);
  for (std::size_t k = 10; k < 10 + wells; ++k) y.emplace_back(values.data() + k * 4000, 4000);
  const auto table =
      phreatic::stats::lag_correlation_table(x, y, 12, phreatic::stats::CorrelationKind::pearson);
  if (std::isnan(table.front().r)) std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string what = argv[1];
  std::vector<double> values;
  if (what == "entropy") values = made(10000, 5000);
  if (what == "lags") values = made(10 + std::strtoul(argv[2], nullptr, 10), 4000);
  if (what.starts_with("som")) values = made(1000, 1000);
  if (what != "lags") phreatic::core::set_thread_count(1);
  Clocks clocks;
  std::vector<double> shown;
  if (what == "lags") {
    lags(values, std::strtoul(argv[2], nullptr, 10));
  } else if (what == "entropy") {
    shown = entropies(values);
  } else {
    shown = som(values, what == "som_online", clocks);
  }
  const double cpu_s = static_cast<double>(std::clock() - clocks.cpu) / CLOCKS_PER_SEC;
  const double wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - clocks.wall).count();
  if (what != "lags") {
    std::ofstream file(argv[2]);
    file.precision(17);
    for (const double v : shown) file << v << '\n';
  }
  std::printf("{\"cpu_s\": %.6f, \"wall_s\": %.6f}\n", cpu_s, wall_s);
  return 0;
}
