// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/season.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace phreatic::stats {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

TEST(Season, DaysFollowTheCalendar) {
  const core::TimeAxis axis(core::days_from_civil({2003, 12, 31}) * core::kSecondsPerDay, {}, 62);
  const auto days = days_of_year(axis);
  EXPECT_EQ(days[0], 365);
  EXPECT_EQ(days[1], 1);
  EXPECT_EQ(days[61], 61);  // 2004-03-01 in a leap year
}

TEST(Season, WindowsReachOverNewYear) {
  const std::vector<int> days{365, 2, 180};
  const std::vector<double> values{1, 3, 100};
  EXPECT_EQ(seasonal_quantile(values, days, 5, 0.5)[0], 2);
  const YearTable table = seasonal_mean(values, days, 5);
  EXPECT_GT(table[0], 1);
  EXPECT_LT(table[0], 3);
  EXPECT_EQ(table[179], 100);
  EXPECT_TRUE(std::isnan(table[100]));
}

TEST(Season, TricubeWeightsByHand) {
  // Day 10 sees day 10 (weight 1) and day 12 (weight (1 - 1/8)^3) with half width 4.
  const double w = std::pow(1 - 0.125, 3);
  EXPECT_DOUBLE_EQ(seasonal_mean(std::vector<double>{0, 1}, std::vector<int>{10, 12}, 4)[9], w / (1 + w));
}

TEST(Season, HarmonicsRecoverASeason) {
  std::vector<int> days;
  std::vector<double> values;
  const auto truth = [](int day) {
    const double a = 2 * std::numbers::pi * (day - 1) / 365.25;
    return 500 + 2 * std::cos(a) - std::sin(2 * a);
  };
  for (int day = 1; day <= 366; day += 3) {
    days.push_back(day);
    values.push_back(truth(day));
  }
  values[20] = kGap;
  const YearTable table = seasonal_harmonics(values, days, 3);
  for (int day = 1; day <= 366; ++day)
    EXPECT_NEAR(table[static_cast<std::size_t>(day - 1)], truth(day), 1e-9);
}

TEST(Season, FewValuesFitFewerHarmonics) {
  EXPECT_EQ(seasonal_harmonics(std::vector<double>{1, 3}, std::vector<int>{1, 100}, 3)[200], 2);
  EXPECT_TRUE(std::isnan(seasonal_harmonics(std::vector<double>{kGap}, std::vector<int>{1}, 3)[0]));
}

}  // namespace
}  // namespace phreatic::stats
