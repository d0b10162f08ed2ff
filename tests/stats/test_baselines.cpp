// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>
#include <vector>

#include "phreatic/core/random.hpp"
#include "phreatic/stats/baselines/baseline.hpp"
#include "phreatic/stats/baselines/damped_anomaly.hpp"
#include "phreatic/stats/baselines/ridge.hpp"

namespace phreatic::stats {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
using Values = std::vector<double>;

core::TimeAxis daily(std::size_t n) {
  return {core::days_from_civil({2001, 1, 1}) * core::kSecondsPerDay, {core::StepUnit::day, 1}, n};
}

bool same_bits(const Values& a, const Values& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) != std::isnan(b[i]) || (!std::isnan(a[i]) && a[i] != b[i])) return false;
  }
  return true;
}

TEST(Persistence, KeepsTheLastTrainingObservation) {
  const Values target{1, 5, kGap, 7, 8};
  const auto result = persistence_baseline({daily(5), target, {}, {}, {0, 3}, {3, 4}});
  for (const double v : result.simulated) EXPECT_EQ(v, 5);
  const auto none = persistence_baseline({daily(5), target, {}, {}, {2, 3}, {3, 4}});
  EXPECT_TRUE(std::isnan(none.simulated[4]));
}

TEST(Persistence, LaggedLooksBackOnlyPastTheLag) {
  const Values target{1, 5, kGap, 7, 8};
  const auto result = lagged_persistence_baseline({daily(5), target, {}, {}, {0, 3}, {3, 4}}, 2);
  EXPECT_TRUE(same_bits(result.simulated, Values{kGap, kGap, 1, 5, 5}));
}

// Ten years of a season plus noise; the last three are validation (1) and test (2).
struct SeasonalWell {
  SeasonalWell() : target(3652) {
    core::RandomStream random(11, "well");
    for (std::size_t t = 0; t < target.size(); ++t) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(t) / 365.25;
      target[t] = 300 + std::sin(angle) + 0.3 * random.normal();
    }
    data = {daily(3652), target, {}, {}, {0, 2556}, {2556, 2922}};
  }
  Values target;
  BaselineData data;
};

// A season and an autoregressive anomaly: what is best known lag steps ahead is phi^lag times the anomaly.
TEST(DampedAnomaly, FindsTheDecayOfAnAutoregressiveAnomaly) {
  const double phi = 0.95;
  core::RandomStream random(3, "anomaly");
  Values target(20000);
  double anomaly = 0;
  for (std::size_t t = 0; t < target.size(); ++t) {
    anomaly = phi * anomaly + random.normal();
    target[t] = 20 * std::cos(2 * std::numbers::pi * static_cast<double>(t) / 365.25) + anomaly;
  }
  const BaselineData data{daily(target.size()), target, {}, {}, {0, 18000}, {}};
  for (const std::size_t lag : {1UL, 5UL, 20UL}) {
    const auto result = damped_anomaly_baseline(data, lag, {.kind = ClimatologyKind::harmonics});
    const double rho = nlohmann::json::parse(result.description)["rho"];
    EXPECT_NEAR(rho, std::pow(phi, static_cast<double>(lag)), 0.02) << lag;
    const core::StepRange late{18000, 20000};
    const double ours = rmse(slice(target, late), slice(result.simulated, late));
    // Standard deviation of what cannot be known: sqrt((1 - phi^(2 lag)) / (1 - phi^2)).
    const double best = std::sqrt((1 - std::pow(phi, 2.0 * static_cast<double>(lag))) / (1 - phi * phi));
    EXPECT_NEAR(ours / best, 1, 0.08) << lag;
    EXPECT_LT(ours, rmse(slice(target, late), slice(lagged_persistence_baseline(data, lag).simulated, late)));
  }
}

TEST(DampedAnomaly, ReadsNothingBetweenTheIssueDateAndItsTime) {
  core::RandomStream random(4, "anomaly");
  Values target(1200);
  for (double& v : target) v = random.normal();
  for (std::size_t t = 900; t < 940; ++t) target[t] = kGap;
  const BaselineData data{daily(target.size()), target, {}, {}, {0, 800}, {}};
  const Values all = damped_anomaly_baseline(data, 7, {}).simulated;
  for (const std::size_t issued : {850UL, 930UL, 1000UL}) {
    Values seen = target;
    for (std::size_t t = issued + 1; t < seen.size(); ++t) seen[t] = kGap;
    BaselineData then = data;
    then.target = seen;
    EXPECT_EQ(damped_anomaly_baseline(then, 7, {}).simulated[issued + 7], all[issued + 7]);
  }
}

TEST(Climatology, FindsTheSeasonFromTrainingAlone) {
  const SeasonalWell well;
  for (const auto kind : {ClimatologyKind::window, ClimatologyKind::harmonics}) {
    const auto result = climatology_baseline(well.data, {.kind = kind});
    const std::span<const double> simulated(result.simulated);
    for (std::size_t t = 2922; t < 3652; t += 50) {
      const double truth = 300 + std::sin(2 * std::numbers::pi * static_cast<double>(t) / 365.25);
      EXPECT_NEAR(simulated[t], truth, 0.12);
    }
    Values blind = well.target;
    for (std::size_t t = 2556; t < blind.size(); ++t) blind[t] = kGap;
    BaselineData data = well.data;
    data.target = blind;
    EXPECT_TRUE(same_bits(result.simulated, climatology_baseline(data, {.kind = kind}).simulated));
    EXPECT_TRUE(nlohmann::json::parse(result.description).is_object());
  }
}

TEST(Climatology, BandHoldsItsShareAndDoesNotSeeTheTest) {
  const SeasonalWell well;
  const auto result = climatology_band(well.data, {}, {});
  const core::StepRange test{2922, 3652};
  EXPECT_NEAR(
      coverage(slice(well.target, test), slice(result.band.lower, test), slice(result.band.upper, test)), 0.9,
      0.03);
  EXPECT_EQ(result.calibration.count, 366U);
  Values blind = well.target;
  for (std::size_t t = 2922; t < blind.size(); ++t) blind[t] = kGap;
  BaselineData data = well.data;
  data.target = blind;
  EXPECT_TRUE(same_bits(result.band.upper, climatology_band(data, {}, {}).band.upper));
  data.validation = {2922, 2922};
  const auto raw = climatology_band(data, {}, {});
  EXPECT_EQ(raw.calibration.count, 0U);
  EXPECT_FALSE(std::isnan(raw.band.lower[3000]));
}

struct LaggedWell {
  LaggedWell() : driver(60), target(60) {
    for (std::size_t i = 0; i < driver.size(); ++i) {
      const auto t = static_cast<double>(i);
      driver[i] = std::round(1e6 * (std::sin(0.9 * t) + std::cos(0.37 * t * t))) / 1e6;
    }
    for (std::size_t i = 0; i < target.size(); ++i) {
      const double before = driver[(i + driver.size() - 1) % driver.size()];
      const double noise = 0.3 * std::sin(1.3 * static_cast<double>(i));
      target[i] = std::round(1e6 * (100 + 0.5 * driver[i] + 0.8 * before + noise)) / 1e6;
    }
    data = {daily(60), target, {"p"}, {driver}, {0, 40}, {40, 50}};
    params.lags_days = {0, 1};
    params.windows_days = {4};
    params.harmonics = 0;
    params.row_share = 0.5;
    params.penalties = {0.01};
  }
  Values driver;
  Values target;
  BaselineData data;
  RidgeParams params;
};

// tests/reference/stats/ridge.py
TEST(Ridge, AgreesWithScikitLearn) {
  LaggedWell well;
  const auto fit = ridge_baseline(well.data, well.params);
  ASSERT_TRUE(fit.model.ok);
  EXPECT_EQ(fit.model.features, (std::vector<std::string>{"p lag 0", "p lag 1", "p mean 4"}));
  EXPECT_EQ(fit.model.training_rows, 37U);
  EXPECT_NEAR(fit.model.coefficients[0], 0.5032625481981898, 1e-10);
  EXPECT_NEAR(fit.model.coefficients[1], 0.7884834461818157, 1e-10);
  EXPECT_NEAR(fit.model.coefficients[2], -0.02776296213608352, 1e-10);
  EXPECT_NEAR(fit.model.intercept, 100.26775432432433, 1e-10);
  EXPECT_NEAR(fit.result.simulated.back(), 102.01626143889703, 1e-10);
  EXPECT_TRUE(std::isnan(fit.result.simulated[2]));  // the window is not full
}

TEST(Ridge, LeaveOneOutAgreesWithScikitLearn) {
  LaggedWell well;
  well.params.penalties = {0.1, 0.01};
  well.data.validation = {40, 40};
  const auto fit = ridge_baseline(well.data, well.params);
  EXPECT_EQ(fit.model.penalty, 0.01);
  const auto d = nlohmann::json::parse(fit.result.description);
  EXPECT_EQ(d["chosen_by"], "leave-one-out");
  EXPECT_NEAR(d["path"][0]["rmse"].get<double>(), 0.25683350706325936, 1e-10);
  EXPECT_NEAR(d["path"][1]["rmse"].get<double>(), 0.23427109345001035, 1e-10);
}

TEST(Ridge, ValidationChoosesAndTheTestIsNotSeen) {
  LaggedWell well;
  well.params.penalties = {1e-6, 0.01, 100};
  const auto fit = ridge_baseline(well.data, well.params);
  EXPECT_LT(fit.model.penalty, 100);
  Values blind = well.target;
  for (std::size_t t = 50; t < blind.size(); ++t) blind[t] = kGap;
  well.data.target = blind;
  EXPECT_TRUE(same_bits(fit.result.simulated, ridge_baseline(well.data, well.params).result.simulated));
}

TEST(Ridge, RecoversAnExactLinearLaw) {
  LaggedWell well;
  for (std::size_t t = 1; t < 60; ++t) well.target[t] = 3 + 2 * well.driver[t] - well.driver[t - 1];
  well.data.target = well.target;
  well.params.penalties = {1e-12};
  const auto fit = ridge_baseline(well.data, well.params);
  for (std::size_t t = 5; t < 60; ++t) EXPECT_NEAR(fit.result.simulated[t], well.target[t], 1e-6);
}

TEST(Ridge, ConstantMissingAndTooShortInputs) {
  LaggedWell well;
  const Values constant(60, 0.1);
  const Values missing(60, kGap);
  well.data.driver_names = {"p", "constant", "missing"};
  well.data.drivers = {well.driver, constant, missing};
  const auto fit = ridge_baseline(well.data, well.params);
  EXPECT_TRUE(fit.model.ok);
  EXPECT_EQ(fit.model.features.size(), 3U);
  EXPECT_EQ(fit.model.left_out.size(), 6U);
  well.data.train = {10, 11};
  const auto poor = ridge_baseline(well.data, well.params);
  EXPECT_FALSE(poor.model.ok);
  EXPECT_TRUE(std::isnan(poor.result.simulated[30]));
  EXPECT_TRUE(nlohmann::json::parse(poor.result.description).contains("ok"));
  const Values gaps(60, kGap);
  well.data.target = gaps;
  EXPECT_FALSE(ridge_baseline(well.data, well.params).model.ok);
}

TEST(Ridge, AGapInADriverLeavesAGapInThePrediction) {
  LaggedWell well;
  well.driver[55] = kGap;
  well.data.drivers = {well.driver};
  const auto fit = ridge_baseline(well.data, well.params);
  EXPECT_TRUE(std::isnan(fit.result.simulated[55]));
  EXPECT_TRUE(std::isnan(fit.result.simulated[56]));
  EXPECT_FALSE(std::isnan(fit.result.simulated[54]));
}

}  // namespace
}  // namespace phreatic::stats
