// SPDX-License-Identifier: BSD-3-Clause
// Bands from the networks' own quantiles: moved by one number until they hold what they promise.
#include <gtest/gtest.h>

#include <cmath>

#include "phreatic/core/random.hpp"
#include "phreatic/hydrographs/prediction/prediction.hpp"

namespace phreatic::hydrographs {
namespace {

constexpr std::size_t kTimes = 3000;
constexpr std::size_t kTest = 2000;

// Levels with errors of N(0, 1) around 0, quantiles that are far too narrow, two units with a block each.
struct World {
  Prepared prepared;
  UncertaintyParams params;
  Simulation simulation;
};

World make_world() {
  World w;
  w.prepared.panel =
      data::make_panel(core::TimeAxis(0, {core::StepUnit::day, 1}, kTimes), {"A"}, {{"level", "m"}});
  w.prepared.split.entities.push_back({{0, kTest}, {kTest, kTest}, {kTest, kTimes}, false});
  core::RandomStream random(5, "bands");
  for (std::size_t t = 0; t < kTimes; ++t) w.prepared.panel.series(0, 0)[t] = random.normal();
  w.params.scale = BandScale::quantiles;
  w.params.conformal.dependence = stats::Dependence::independent;
  Simulation& s = w.simulation;
  const double nan = std::nan("");
  for (auto* series : {&s.left_out_lower, &s.left_out_upper}) series->assign(kTimes, nan);
  s.level.assign(kTimes, 0.0);
  for (std::size_t t = 0; t < kTimes; ++t) {
    const double width = 0.2 + 0.1 * std::sin(0.01 * static_cast<double>(t));
    s.quantile_low.push_back(-width);
    s.quantile_high.push_back(2 * width);
    s.out_of_sample.push_back(t < kTest ? 0 : nan);
    s.out_of_sample_low.push_back(t < kTest ? -width : nan);
    s.out_of_sample_high.push_back(t < kTest ? 2 * width : nan);
  }
  for (std::size_t k = 0; k < 2; ++k)
    s.folds.push_back({s.level, std::vector<double>(kTimes, 0.0), {k * kTest / 2, (k + 1) * kTest / 2}});
  return w;
}

double coverage(const World& w, const std::vector<double>& lower, const std::vector<double>& upper,
                std::size_t begin, std::size_t end) {
  double inside = 0;
  for (std::size_t t = begin; t < end; ++t) {
    const double level = w.prepared.level(0)[t];
    inside += lower[t] <= level && level <= upper[t] ? 1 : 0;
  }
  return inside / static_cast<double>(end - begin);
}

TEST(Bands, QuantilesAreMovedUntilTheyHoldTheirShare) {
  World w = make_world();
  add_band(w.prepared, w.params, 0, w.simulation);
  const Simulation& s = w.simulation;
  const double moved = s.quantile_low[0] - s.lower[0];
  EXPECT_GT(moved, 0.5);
  for (std::size_t t = 0; t < kTimes; ++t) {
    ASSERT_NEAR(s.quantile_low[t] - s.lower[t], moved, 1e-12);
    ASSERT_NEAR(s.upper[t] - s.quantile_high[t], moved, 1e-12);
  }
  // The finite-sample rank: on the calibration itself at least the level, by at most one observation.
  EXPECT_NEAR(coverage(w, s.lower, s.upper, 0, kTest), 0.9, 1.5 / kTest);
  EXPECT_NEAR(coverage(w, s.lower, s.upper, kTest, kTimes), 0.9, 4 * std::sqrt(0.09 / (kTimes - kTest)));
}

TEST(Bands, ALeftOutBlockIsCalibratedOnTheOthersAlone) {
  World w = make_world();
  add_band(w.prepared, w.params, 0, w.simulation);
  World other = make_world();
  for (std::size_t t = 0; t < kTest / 2; ++t) other.prepared.panel.series(0, 0)[t] *= 10;
  add_band(other.prepared, other.params, 0, other.simulation);
  EXPECT_EQ(w.simulation.left_out_lower[10], other.simulation.left_out_lower[10]);
  EXPECT_GT(w.simulation.left_out_lower[kTest / 2 + 10], other.simulation.left_out_lower[kTest / 2 + 10] + 1);
}

TEST(Bands, AScaleByTheBalanceNeedsPrecipitation) {
  World w = make_world();
  w.params.scale = BandScale::level_and_balance;
  EXPECT_THROW(add_band(w.prepared, w.params, 0, w.simulation), core::InputError);
}

}  // namespace
}  // namespace phreatic::hydrographs
