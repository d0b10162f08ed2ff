// SPDX-License-Identifier: BSD-3-Clause
// Sums, profiles, events and importance against hand-computed and analytic values.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "functions.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/explain/aggregate.hpp"
#include "phreatic/explain/attribution/integrated_gradients.hpp"
#include "phreatic/explain/attribution/permutation_importance.hpp"
#include "phreatic/explain/own_periods.hpp"

namespace phreatic::explain {
namespace {

core::Seconds day(int year, int month, int d) {
  return core::days_from_civil({year, month, d}) * core::kSecondsPerDay;
}

// Two wells, two drivers with lags and one static; 4 steps.
AttributionDigest digest() {
  const std::vector<WindowId> ids{
      {0, day(2001, 1, 1)}, {0, day(2001, 1, 20)}, {0, day(2001, 2, 1)}, {1, day(2001, 1, 1)}};
  return {ids, {"A", "B"}, {"rain", "heat", "soil"}, 4, 2, {10, 11, std::nan(""), 20}};
}

void add(AttributionDigest& d, std::size_t window, const std::vector<double>& cube, double statics,
         double base, bool converged = true) {
  std::vector<double> sums(3, 0.0);
  for (std::size_t i = 0; i < cube.size(); ++i) sums[i % 2] += cube[i];
  sums[2] = statics;
  const std::vector<double> errors{0.1, 0.2, 0.3};
  WindowAttribution w;
  w.window = window;
  w.attributions = cube;
  w.driver_sums = sums;
  w.driver_errors = errors;
  w.base = base;
  w.converged = converged;
  w.value = base + sums[0] + sums[1] + sums[2];
  d.add(w);
}

AttributionDigest filled() {
  AttributionDigest d = digest();
  add(d, 1, {0, 0, 1, -1, 2, -2, 4, -5}, 0.5, 9);  // any order
  add(d, 0, {0, 0, -1, 1, 2, 2, 3, 3}, 0.5, 9);
  add(d, 2, {1, 0, 1, 0, 1, 0, 1, 0}, 0.5, 9.5);
  add(d, 3, {0, 1, 0, 0, 0, 0, 0, 7}, -1, 20);
  return d;
}

TEST(Aggregate, TableAndLagProfile) {
  const AttributionDigest d = filled();
  const AttributionTable& table = d.table();
  EXPECT_DOUBLE_EQ(table.contribution(1, 0), 7);
  EXPECT_DOUBLE_EQ(table.contribution(1, 1), -8);
  EXPECT_DOUBLE_EQ(table.contribution(3, 2), -1);
  EXPECT_DOUBLE_EQ(table.simulated[1], 9 + 7 - 8 + 0.5);
  EXPECT_DOUBLE_EQ(table.errors[5], 0.3);
  const LagProfile lags = d.lag_profile();
  // Well A, lag 0 = last step: rain 3, 4, 1; heat 3, -5, 0.
  EXPECT_DOUBLE_EQ(lags.mean[0], 8.0 / 3);
  EXPECT_DOUBLE_EQ(lags.mean[1], -2.0 / 3);
  EXPECT_DOUBLE_EQ(lags.mean_absolute[1], 8.0 / 3);
  // lag 2 of rain: -1, 1, 1
  EXPECT_DOUBLE_EQ(lags.mean[2 * 2], 1.0 / 3);
  EXPECT_DOUBLE_EQ(lags.mean_absolute[2 * 2], 1.0);
}

TEST(Aggregate, MemoryLength) {
  const LagProfile lags = filled().lag_profile();
  // Well A, rain by lag: 8/3, 5/3, 1, 1/3 of 17/3.
  EXPECT_EQ(memory_length(lags, 0, 0.47, 0), 1U);
  EXPECT_EQ(memory_length(lags, 0, 0.5, 0), 2U);
  EXPECT_EQ(memory_length(lags, 0, 0.9, 0), 3U);
  EXPECT_EQ(memory_length(lags, 0, 1.0, 0), 4U);
  // Well B: heat 7 at lag 0, 1 at lag 3; rain nothing.
  EXPECT_EQ(memory_length(lags, 1, 0.875), 1U);
  EXPECT_EQ(memory_length(lags, 1, 0.9), 4U);
  EXPECT_EQ(memory_length(lags, 1, 0.5, 0), 0U);
}

// A date that is not known well enough says nothing of shares, lags and memory; a well that has only such keeps them.
TEST(Aggregate, DatesThatHaveNotConvergedDoNotCount) {
  AttributionDigest d = digest();
  add(d, 0, {0, 0, -1, 1, 2, 2, 3, 3}, 0.5, 9);
  add(d, 1, {900, 0, 1, -1, 2, -2, 4, -5}, 0.5, 9, false);
  add(d, 2, {1, 0, 1, 0, 1, 0, 1, 0}, 0.5, 9.5);
  add(d, 3, {0, 1, 0, 0, 0, 0, 0, 7}, -1, 20, false);
  const LagProfile lags = d.lag_profile();
  EXPECT_DOUBLE_EQ(lags.mean[0], 2.0);               // A: 3 and 1
  EXPECT_DOUBLE_EQ(lags.mean_absolute[3 * 2], 0.5);  // lag 3: 0 and 1
  EXPECT_EQ(memory_length(lags, 1, 0.875), 1U);      // B: heat 7 at lag 0, 1 at lag 3
  const DriverShares shares = driver_shares(d.table(), 0);
  EXPECT_DOUBLE_EQ(shares.mean_absolute[0], 0.0);  // rain 4 and 4
  EXPECT_DOUBLE_EQ(shares.mean_absolute[1], 3.0);  // heat 6 and 0
  EXPECT_DOUBLE_EQ(driver_shares(d.table(), 1).mean_absolute[1], 0.0);
  EXPECT_EQ(rows_that_count(d.table()), (std::vector<bool>{true, false, true, true}));
}

// An exponential profile has a known memory: 1 - q^n >= share.
TEST(Aggregate, MemoryOfAnExponential) {
  LagProfile lags{1, 400, 1, {}, {}};
  for (std::size_t lag = 0; lag < 400; ++lag) {
    lags.mean_absolute.push_back(std::exp(-static_cast<double>(lag) / 30));
  }
  EXPECT_EQ(memory_length(lags, 0, 0.5), static_cast<std::size_t>(std::ceil(30 * std::log(2.0))));
  EXPECT_EQ(memory_length(lags, 0, 0.9), static_cast<std::size_t>(std::ceil(30 * std::log(10.0))));
}

TEST(Aggregate, SeasonAndShares) {
  const AttributionTable table = filled().table();
  const auto season = seasonal_profile(table);
  EXPECT_DOUBLE_EQ(season[0], 5.5);  // A, January, rain: 4 and 7
  EXPECT_DOUBLE_EQ(season[3], 4);    // A, February
  EXPECT_TRUE(std::isnan(season[6]));
  const DriverShares shares = driver_shares(table, 0);
  // rain 4, 7, 4: mean 5, |.| 1, 2, 1; heat 6, -8, 0: mean -2/3; static constant.
  EXPECT_DOUBLE_EQ(shares.mean_absolute[0], 4.0 / 3);
  EXPECT_DOUBLE_EQ(shares.mean_absolute[2], 0);
  EXPECT_NEAR(shares.share[0] + shares.share[1], 1, 1e-15);
}

TEST(Aggregate, EventsAddUpToTheSimulatedChange) {
  const AttributionTable table = filled().table();
  const std::vector<Period> periods{{"january", day(2001, 1, 1), day(2001, 2, 1), 2001},
                                    {"winter", day(2001, 1, 1), day(2001, 2, 11), 2001},
                                    {"long", day(2001, 1, 1), day(2001, 12, 1), 2001}};
  const auto found = explain_periods(table, periods);
  ASSERT_EQ(found.size(), 2U);  // "long" is not covered by half, well B has one date only
  EXPECT_EQ(found[0].period, "january");
  EXPECT_DOUBLE_EQ(found[0].event.contributions[0], 3);
  EXPECT_DOUBLE_EQ(found[0].event.observed_change, 1);
  const EventAttribution& event = found[1].event;
  EXPECT_EQ(event.to, day(2001, 2, 1));
  EXPECT_TRUE(std::isnan(event.observed_change));
  const double sum = std::accumulate(event.contributions.begin(), event.contributions.end(), 0.0);
  EXPECT_NEAR(sum + event.base_change, event.simulated_change, 1e-12);
  EXPECT_DOUBLE_EQ(event.base_change, 0.5);
}

// Each entity is asked about its own periods alone.
TEST(Aggregate, PeriodsOfEachEntityAreItsOwn) {
  const AttributionTable table = filled().table();
  ASSERT_EQ(table.entities.size(), 2U);
  const Period january{"freezing", day(2001, 1, 1), day(2001, 2, 1), 2001};
  std::vector<std::vector<Period>> periods{{}, {january}};  // well B has one date only
  EXPECT_TRUE(explain_own_periods(table, periods).empty());
  std::swap(periods[0], periods[1]);
  const auto found = explain_own_periods(table, periods);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].event.entity, 0U);
  const std::vector<int> cluster{0, 1};
  const auto rows = type_own_period_table(table, cluster, periods);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].cluster, 0);
  EXPECT_EQ(rows[0].occurrences, 1U);
}

TEST(IntegratedGradients, QuadratureIsExactForPolynomials) {
  for (const int n : {1, 2, 5, 16, 64}) {
    double weights = 0, moment = 0;
    for (const auto& [x, w] : gauss_legendre(n)) {
      weights += w;
      moment += w * std::pow(x, 2 * n - 1);
    }
    EXPECT_NEAR(weights, 1, 1e-13);
    EXPECT_NEAR(moment, 1.0 / (2 * n), 1e-13) << n;
  }
}

// y = a rain(last step) + b static: permuting rain raises the MSE by 2 a^2 var of each well.
TEST(PermutationImportance, LinearFunction) {
  constexpr std::size_t kWindows = 4000;
  test::Linear f(2, 2, {0, 0, 1.5, 0, 0.8}, 1);
  core::RandomStream random(3, "test");
  std::vector<float> inputs(kWindows * 4), statics(kWindows);
  std::vector<double> observed(kWindows);
  std::vector<WindowId> ids(kWindows);
  double noise = 0;
  for (std::size_t i = 0; i < kWindows; ++i) {
    for (std::size_t k = 0; k < 4; ++k) inputs[i * 4 + k] = static_cast<float>(random.normal());
    ids[i] = {i / 400, static_cast<core::Seconds>(i)};
    statics[i] = i / 400 % 2 == 0 ? 1.0F : -1.0F;
    const double e = 0.3 * random.normal();
    noise += e * e / kWindows;
    observed[i] = 1.5 * inputs[i * 4 + 2] + 0.8 * statics[i] + e;
  }
  const DenseWindows windows(2, 2, inputs, 1, statics);
  const auto result = permutation_importance(f, windows, ids, observed, {.repeats = 40, .seed = 2});
  EXPECT_NEAR(result.rmse, std::sqrt(noise), 1e-6);
  ASSERT_EQ(result.importance.size(), 3U);
  const double expected = std::sqrt(noise + 2 * 1.5 * 1.5) - std::sqrt(noise);
  EXPECT_NEAR(result.importance[0], expected, 0.05);
  EXPECT_EQ(result.importance[1], 0);
  // Ten wells of +-1: a permutation changes half of them by 2 on average (5/9 of pairs of different wells).
  EXPECT_NEAR(result.importance[2], std::sqrt(noise + 0.64 * 4 * 0.5) - std::sqrt(noise), 0.12);
  EXPECT_GT(result.standard_errors[0], 0);
  EXPECT_LT(result.standard_errors[0], 0.02);
}

// A memory that fades as exp(-lag / tau), seen through a window of T steps: what is older stands in its oldest steps.
LagProfile faded(double tau, std::size_t steps) {
  LagProfile profile{1, steps, 1, {}, {}};
  for (std::size_t lag = 0; lag < steps; ++lag)
    profile.mean_absolute.push_back(std::exp(-static_cast<double>(lag) / tau) -
                                    std::exp(-static_cast<double>(lag + 1) / tau));
  profile.mean_absolute.back() += std::exp(-static_cast<double>(steps) / tau);
  return profile;
}

TEST(WindowFit, AMemoryThatOutlastsTheWindowIsSaidAndItsLengthProposed) {
  const WindowFit slow = window_fit(faded(500, 365), 0);
  EXPECT_EQ(slow.oldest_steps, 10U);
  EXPECT_TRUE(slow.too_short);
  // beyond the window: exp(-365 / 500) = 0.482; the ten oldest days add 0.0098
  EXPECT_NEAR(slow.oldest_share, 0.482 + 0.0098, 0.001);
  EXPECT_NEAR(static_cast<double>(slow.proposed_steps), 1500, 60);
  const WindowFit quick = window_fit(faded(80, 365), 0);
  EXPECT_FALSE(quick.too_short);
  EXPECT_EQ(quick.proposed_steps, 365U);
}

}  // namespace
}  // namespace phreatic::explain
