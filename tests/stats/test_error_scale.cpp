// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/bands/error_scale.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "phreatic/core/random.hpp"

namespace phreatic::stats {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Errors whose size is 0.1 + 0.2 |level|: the scale finds that, and stays constant beyond the levels seen.
TEST(ErrorScale, FollowsTheErrorsNearALevel) {
  core::RandomStream noise(11, "test");
  std::vector<double> places;
  std::vector<double> sizes;
  for (int i = 0; i < 20000; ++i) {
    places.push_back(noise.uniform(-1, 1));
    sizes.push_back(0.1 + 0.2 * std::abs(places.back()));
  }
  const LocalMean scale(sizes, places, 0.05);
  const std::vector<double> found = scale.at(std::vector<double>{-0.9, -0.5, 0.0, 0.5, 5.0, kNone});
  EXPECT_NEAR(found[0], 0.28, 0.005);
  EXPECT_NEAR(found[1], 0.20, 0.005);
  EXPECT_NEAR(found[2], 0.1, 0.01);
  EXPECT_NEAR(found[3], 0.20, 0.005);
  EXPECT_DOUBLE_EQ(found[4], scale.at(std::vector<double>{1.0})[0]);
  EXPECT_TRUE(std::isnan(found[5]));
}

// The estimator written out, without bins.
TEST(ErrorScale, IsTheKernelMean) {
  core::RandomStream noise(3, "test");
  std::vector<double> places;
  std::vector<double> values;
  for (int i = 0; i < 3000; ++i) {
    places.push_back(noise.normal());
    values.push_back(std::abs(noise.normal()) * (1 + 0.3 * places.back() * places.back()));
  }
  double middle = 0;
  double variance = 0;
  for (const double p : places) middle += p / 3000;
  for (const double p : places) variance += (p - middle) * (p - middle) / 3000;
  const double h = 0.5 * std::sqrt(variance);
  for (const double at : {-1.5, 0.0, 0.7}) {
    double sum = 0;
    double weight = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const double w = std::exp(-0.5 * std::pow((at - places[i]) / h, 2));
      sum += w * values[i];
      weight += w;
    }
    EXPECT_NEAR(LocalMean(values, places).at(std::vector<double>{at})[0], sum / weight, 1e-3 * sum / weight);
  }
}

// Errors three times as large in dry years: the balance finds the ratio that the level does not show.
TEST(ErrorScale, BalanceMultiplies) {
  core::RandomStream noise(5, "test");
  std::vector<double> observed;
  std::vector<double> simulated;
  std::vector<double> balance;
  for (int i = 0; i < 20000; ++i) {
    simulated.push_back(noise.uniform(-1, 1));
    balance.push_back(i % 2 == 0 ? -1 : 1);
    observed.push_back(simulated.back() + (balance.back() < 0 ? 0.3 : 0.1));
  }
  const ErrorScale scale(observed, simulated, balance);
  const std::vector<double> found = scale.at(std::vector<double>(20000, 0.2));
  // kernels of half a standard deviation: a place two of them away still has a weight of exp(-8)
  EXPECT_NEAR(found[0] / found[1], 3, 0.02);
  EXPECT_NEAR(0.5 * (found[0] + found[1]), 0.2, 0.005);
  balance[1] = kNone;
  EXPECT_NEAR(ErrorScale(observed, simulated, balance).at(simulated)[1],
              ErrorScale(observed, simulated).at(simulated)[1], 1e-12);
}

TEST(ErrorScale, TrailingSumsNeedEveryStep) {
  const std::vector<double> found = trailing_sum(std::vector<double>{1, 2, 3, kNone, 5, 6, 7}, 2);
  const std::vector<double> wanted = {kNone, 3, 5, kNone, kNone, 11, 13};
  for (std::size_t t = 0; t < wanted.size(); ++t) {
    EXPECT_EQ(std::isnan(found[t]), std::isnan(wanted[t])) << t;
    if (!std::isnan(wanted[t])) {
      EXPECT_DOUBLE_EQ(found[t], wanted[t]);
    }
  }
}

}  // namespace
}  // namespace phreatic::stats
