// SPDX-License-Identifier: BSD-3-Clause
// A virtual slow well, daily: a linear reservoir of three years fed by the weather's net rain, and windows of two
// months. Prints the table of docs/methods/training.md:
//   build/tests/test_learn --gtest_filter='SlowWells.*'
#include <gtest/gtest.h>

#include <cmath>
#include <iostream>

#include "phreatic/basin/basin.hpp"
#include "phreatic/data/scalers.hpp"
#include "phreatic/data/series/derive.hpp"
#include "tests/learn/tiny_task.hpp"

namespace phreatic::learn {
namespace {

constexpr double kMemoryDays = 3 * 365;
constexpr std::size_t kYear = 365;
// Weather of 30 years, levels from the eleventh on.
constexpr StepRange kTraining{10 * kYear, 21 * kYear}, kValidation{21 * kYear, 24 * kYear},
    kTest{24 * kYear, 30 * kYear};

struct SlowWell {
  std::vector<double> rain, demand, level;
};

SlowWell make_well(std::uint64_t seed) {
  basin::BasinParams p;
  p.seed = seed;
  p.wells = 1;
  p.first_year = 1991;
  p.years = 30;
  const basin::Basin basin = basin::make_basin(p);
  const auto& drivers = basin.wells.front().drivers;
  SlowWell well{drivers[0], drivers[2], {}};
  double store = 0;
  for (std::size_t t = 0; t < well.rain.size(); ++t) {
    const double net = well.rain[t] - 0.7 * well.demand[t];
    if (t == 0) store = net * kMemoryDays;
    store += net - store / kMemoryDays;
    well.level.push_back(store);
  }
  return well;
}

std::vector<float> scaled(const std::vector<double>& values, const StepRange& fit) {
  const auto from = values.begin();
  const data::Affine a = data::fit_affine(
      {from + static_cast<std::ptrdiff_t>(fit.begin), from + static_cast<std::ptrdiff_t>(fit.end)},
      data::ScalerKind::zscore);
  std::vector<float> out;
  for (const double v : values) out.push_back(static_cast<float>(a.scaled(v)));
  return out;
}

SeriesSet series_of(const SlowWell& well, const std::vector<double>& time_constants) {
  const std::size_t n = kTest.end;
  std::vector<std::vector<float>> columns;
  SeriesSet set{
      .features = {}, .past_features = {}, .statics = {}, .targets = {Target{"level"}}, .entities = {}};
  const auto add = [&](const std::vector<double>& values, const std::string& name) {
    columns.push_back(scaled(values, {kTraining.begin, kValidation.end}));
    set.features.push_back(name);
  };
  for (const auto& [name, values] : {std::pair{"P", &well.rain}, std::pair{"E", &well.demand}}) {
    add(*values, name);
    for (const double days : time_constants) {
      std::vector<double> slow(values->size());
      data::slow_mean(*values, days, slow);
      add(slow, fmt::format("{}_slow{:.0f}", name, days));
    }
  }
  Series s{.name = "slow", .length = n};
  for (std::size_t t = 0; t < n; ++t) {
    for (const auto& column : columns) s.inputs.push_back(column[t]);
  }
  s.targets = scaled(well.level, {kTraining.begin, kValidation.end});
  s.targets.resize(n);
  set.entities.push_back(std::move(s));
  return set;
}

// NSE of the test years.
double skill(const SeriesSet& set) {
  LearnParams p;
  p.window = {.mode = WindowMode::last_step, .seq_length = 60, .stride = 5};
  p.model.hidden_size = 16;
  p.model.output_dropout = 0;
  p.loss.kind = LossKind::mse;
  p.training = {.learning_rate = 5e-3, .epochs = 30, .batch_size = 32, .early_stopping_patience = 8};
  p.ensemble.members = 2;
  const WindowSplit windows = {make_windows(set, {kTraining}, p.window, true).windows,
                               make_windows(set, {kValidation}, p.window, true).windows};
  const tiny::TemporaryFolder folder;
  core::Log log(true);
  core::Context context{log, false};
  train_ensemble(set, windows, p, {.folder = folder.path}, context);
  const auto model = load_model(folder.path);
  const Predictions out = predict(*model, set, make_windows(set, {kTest}, p.window, true).windows, context);
  const EnsembleSummary summary = summarize(out);
  double sse = 0, sum = 0, squares = 0, count = 0;
  for (std::size_t w = 0; w < out.windows.size(); ++w) {
    const Window& window = out.windows[w];
    const double y = set.entities[0].targets[window.first + window.warmup];
    sse += std::pow(y - summary.median[out.offsets[w]], 2);
    sum += y;
    squares += y * y;
    ++count;
  }
  return 1 - sse / (squares - sum * sum / count);
}

// Offered are half a year, a year and five years, none of them the well's own three.
TEST(SlowWells, SlowMeansOfTheDriversHoldALongMemory) {
  double own = 0, offered = 0, window = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const SlowWell well = make_well(seed);
    const double a = skill(series_of(well, {kMemoryDays}));
    const double b = skill(series_of(well, {0.5 * kYear, kYear, 5 * kYear}));
    const double c = skill(series_of(well, {}));
    std::cout << "seed " << seed << ": NSE with its own slow mean " << a << ", with those offered " << b
              << ", with the window alone " << c << std::endl;
    own += a / 3;
    offered += b / 3;
    window += c / 3;
  }
  EXPECT_GT(own, 0.8);
  EXPECT_GT(offered, 0.9 * own);
  EXPECT_LT(window, 0.5);  // the well is such that it matters
}

}  // namespace
}  // namespace phreatic::learn
