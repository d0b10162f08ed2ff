// SPDX-License-Identifier: BSD-3-Clause
// A scan of a region by two surrogates from raw maps, and the search of their trees' parameters.
//   bench_recharge scan ROWS COLUMNS TREES DEPTH THREADS        eight maps on cells of 25 m, kernel of 500 m
//   bench_recharge tuning exact|racing|bare SAMPLES FOLDS REPEATS THREADS     bare: the same fits, one by one
// Prints one line of JSON: wall and processor seconds, largest memory, and what was done. Needs libxgboost.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/studies/recharge/decision/scan.hpp"
#include "phreatic/trees/training/tuning.hpp"

namespace {

using namespace phreatic;
using namespace phreatic::studies::recharge;

constexpr std::size_t kSites = 500;

double processor_seconds() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

template <class Work>
void measured(const Work& work) {
  const double cpu = processor_seconds();
  const auto start = std::chrono::steady_clock::now();
  const std::string done = work();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  fmt::print("{{\"wall_s\": {:.3f}, \"cpu_s\": {:.3f}, \"memory_mb\": {:.0f}, {}}}\n", wall.count(),
             processor_seconds() - cpu, static_cast<double>(u.ru_maxrss) / 1024, done);
}

Ground flat_ground(std::size_t rows, std::size_t columns) {
  Ground ground;
  flow::Grid& grid = ground.model.grid;
  grid.nlay = 1;
  grid.nrow = static_cast<int>(rows);
  grid.ncol = static_cast<int>(columns);
  grid.delr.assign(columns, 25.0);
  grid.delc.assign(rows, 25.0);
  ground.exists.assign(rows * columns, true);
  return ground;
}

// Maps of waves of several lengths: neighbours are alike, sites differ.
std::vector<FeatureMap> made_up_maps(const Ground& ground) {
  std::vector<FeatureMap> out;
  for (const char* name : {"transmissivity", "resistance", "wet_depth", "dry_depth", "river_density",
                           "river_conductance", "drain_conductance", "specific_yield"}) {
    FeatureMap map{name, name, "-", {}};
    core::RandomStream random(1, name);
    const double a = random.uniform(0.002, 0.02);
    const double b = random.uniform(0.002, 0.02);
    map.values.reserve(ground.places());
    for (std::size_t place = 0; place < ground.places(); ++place)
      map.values.push_back(std::sin(a * static_cast<double>(place % ground.columns())) +
                           std::sin(b * static_cast<double>(place / ground.columns())));
    out.push_back(std::move(map));
  }
  return out;
}

std::vector<Site> made_up_sites(const Ground& ground) {
  std::vector<Site> out;
  for (std::size_t i = 0; i < kSites; ++i) {
    core::RandomStream random(2, "site", i);
    Site site{fmt::format("S{}", i), 0, 0, 12, 12, random.uniform(5, 25), random.uniform(0.05, 1), 0};
    site.row = static_cast<std::size_t>(random.uniform(0, static_cast<double>(ground.rows() - 13)));
    site.column = static_cast<std::size_t>(random.uniform(0, static_cast<double>(ground.columns() - 13)));
    out.push_back(site);
  }
  return out;
}

Samples samples_for(const Table& features, double season) {
  Samples out;
  for (const TableColumn& column : features.columns) {
    out.inputs.push_back(column.name);
    out.x.push_back(column.numbers);
  }
  for (std::size_t i = 0; i < features.ids.size(); ++i) {
    core::RandomStream random(3, "noise", i);
    double y = 0.1 * random.normal();
    for (std::size_t j = 0; j < out.x.size(); ++j)
      y += std::sin(season * static_cast<double>(j + 1) + out.x[j][i]);
    out.y.push_back(0.2 * y);
  }
  return out;
}

void scan_region(std::size_t rows, std::size_t columns, int count, int depth) {
  const Ground ground = flat_ground(rows, columns);
  const auto maps = made_up_maps(ground);
  const Table features = site_features(ground, made_up_sites(ground), smoothed(ground, maps, 500));
  trees::TrainParams trees;
  trees.n_estimators = count;
  trees.max_depth = depth;
  std::vector<TrainedModel> models(2);
  for (std::size_t m = 0; m < 2; ++m) {
    models[m].target = m == 0 ? "s0_m3" : "k_per_day";
    models[m].model = fit_surrogate("trees", samples_for(features, m == 0 ? 1 : 2), {1, trees});
  }
  measured([&] {
    const ScanMaps out = scan(ground, smoothed(ground, maps, 500), features, models[0], &models[1], {});
    double sum = 0;
    for (const double v : out.s0_m3) sum += v;
    return fmt::format("\"cells\": {}, \"mean_s0\": {:.6g}", out.s0_m3.size(),
                       sum / static_cast<double>(out.s0_m3.size()));
  });
}

void tuning(const std::string& mode, const trees::TuneParams& params) {
  const Ground ground = flat_ground(120, 160);
  const Samples samples = samples_for(
      site_features(ground, made_up_sites(ground), smoothed(ground, made_up_maps(ground), 500)), 1);
  trees::Table table{samples.inputs, samples.rows(), {}};
  for (std::size_t i = 0; i < samples.rows(); ++i) {
    for (const auto& column : samples.x) table.values.push_back(static_cast<float>(column[i]));
  }
  core::Log log(true);
  core::Context context{log, false};
  if (mode != "bare") {
    measured([&] {
      const trees::Tuning found =
          trees::tune(table, samples.y, tree_defaults(1), params, trees::ScoreScale::target, {}, context);
      return fmt::format("\"fits\": {}, \"all_fits\": {}, \"r2\": {:.4f}", found.fits, found.all_fits,
                         found.candidates[found.best].mean());
    });
    return;
  }
  const auto candidates = trees::latin_hypercube(params, tree_defaults(1));
  const auto folds = static_cast<std::size_t>(params.folds.folds * params.folds.repeats);
  measured([&] {
    core::parallel_for(candidates.size() * folds, [&](std::size_t job) {
      std::vector<std::size_t> learn, ask;
      const std::size_t fold = job % static_cast<std::size_t>(params.folds.folds);
      for (std::size_t row = 0; row < table.rows; ++row)
        (row % static_cast<std::size_t>(params.folds.folds) == fold ? ask : learn).push_back(row);
      trees::fit_and_predict(table, samples.y, learn, ask, candidates[job / folds]);
    });
    return fmt::format("\"fits\": {0}, \"all_fits\": {0}", candidates.size() * folds);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto number = [&](std::size_t i) { return std::stoi(words.at(i)); };
  if (words.size() == 6 && words[0] == "scan") {
    core::set_thread_count(number(5));
    scan_region(static_cast<std::size_t>(number(1)), static_cast<std::size_t>(number(2)), number(3),
                number(4));
    return 0;
  }
  if (words.size() == 6 && words[0] == "tuning") {
    core::set_thread_count(number(5));
    trees::TuneParams params;
    params.mode = words[1] == "bare" ? "exact" : words[1];
    params.samples = number(2);
    params.folds = {number(3), number(4), 1};
    tuning(words[1], params);
    return 0;
  }
  fmt::print(stderr,
             "bench_recharge scan ROWS COLUMNS TREES DEPTH THREADS | tuning exact|racing|bare SAMPLES FOLDS "
             "REPEATS THREADS\n");
  return 2;
}
