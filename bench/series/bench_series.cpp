// SPDX-License-Identifier: BSD-3-Clause
// Processor time per series of STL and of Mann-Kendall with Sen's slope and its interval, one thread.
//   bench_series plain|robust|trend SERIES STEPS OUT
// prints {"series": n, "cpu_s": s} and writes the numbers of the first ten series to OUT for comparison: trend and season
// of each step, or S, Z and slope. Series are those of peers.py.
//   bench_series hats CELLS MONTHS -    processor time of generalised three-cornered hats of four products
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <numbers>
#include <string>
#include <vector>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/stats/fusion/three_cornered_hat.hpp"
#include "phreatic/stats/series/stl.hpp"
#include "phreatic/stats/series/trend.hpp"

namespace {

// A walk, a season and noise, from a linear congruential generator.
std::vector<double> made(std::size_t series, std::size_t steps) {
  std::vector<double> out;
  std::uint64_t state = 1;
  const auto next = [&] {
    state = (1103515245 * state + 12345) % (1ULL << 31U);
    return (static_cast<double>(state) + 0.5) / static_cast<double>(1ULL << 31U) - 0.5;
  };
  for (std::size_t k = 0; k < series; ++k) {
    double level = 0;
    for (std::size_t t = 0; t < steps; ++t) {
      level += 10 * next();
      out.push_back(level + 20 * std::cos(2 * std::numbers::pi * static_cast<double>(t) / 12) + 15 * next());
    }
  }
  return out;
}

// Four products of `cells` cells by `steps` months: a common signal and errors of 4 to 10 mm, as processor seconds.
void hats(std::size_t cells, std::size_t steps) {
  using namespace phreatic;
  std::vector<std::vector<double>> products;
  const std::vector<double> signal = made(cells, steps);
  for (std::uint64_t p = 0; p < 4; ++p) {
    core::RandomStream random(p, "bench hats");
    products.push_back(signal);
    for (double& v : products.back()) v += (4 + 2 * static_cast<double>(p)) * random.normal();
  }
  const std::vector<stats::Series> series(products.begin(), products.end());
  const std::clock_t start = std::clock();
  const auto found = stats::three_cornered_hats(series, cells, steps, {});
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::size_t ok = 0;
  for (const auto& hat : found) ok += hat.status == stats::HatStatus::ok ? 1 : 0;
  std::printf("{\"series\": %zu, \"cpu_s\": %.6f, \"solved\": %zu}\n", cells, seconds, ok);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace phreatic;
  if (argc != 5) return 2;
  const std::string what = argv[1];
  core::set_thread_count(1);
  if (what == "hats") {
    hats(std::strtoul(argv[2], nullptr, 10), std::strtoul(argv[3], nullptr, 10));
    return 0;
  }
  const std::size_t series = std::strtoul(argv[2], nullptr, 10), steps = std::strtoul(argv[3], nullptr, 10);
  const std::vector<double> values = made(series, steps);
  std::vector<double> t;
  for (std::size_t i = 0; i < steps; ++i) t.push_back(static_cast<double>(i));
  std::vector<double> shown;
  const std::clock_t start = std::clock();
  if (what == "trend") {
    const auto trends = stats::trends_of(t, values, series);
    for (std::size_t k = 0; k < std::min<std::size_t>(10, series); ++k)
      shown.insert(shown.end(), {trends[k].s, trends[k].z, trends[k].slope});
  } else {
    const auto parts = stats::stl_many(values, series, stats::stl_params(12, 13, what == "robust"));
    for (std::size_t i = 0; i < std::min<std::size_t>(10, series) * steps; ++i)
      shown.insert(shown.end(), {parts.trend[i], parts.seasonal[i]});
  }
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::FILE* const out = std::fopen(argv[4], "w");
  if (out == nullptr) return 1;
  for (const double v : shown) std::fprintf(out, "%.17g\n", v);
  std::fclose(out);
  std::printf("{\"series\": %zu, \"cpu_s\": %.6f}\n", series, seconds);
  return 0;
}
