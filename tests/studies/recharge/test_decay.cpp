// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "phreatic/studies/recharge/scenarios/decay.hpp"

namespace phreatic::studies::recharge {
namespace {

std::vector<double> days(std::size_t n, double step) {
  std::vector<double> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(step * static_cast<double>(i));
  return out;
}

TEST(Decay, OfAnExponentialIsItsCoefficient) {
  const auto t = days(30, 7);
  std::vector<double> s;
  for (const double v : t) s.push_back(5e5 * std::exp(-0.0073 * v));
  const Decay decay = fit_decay(t, s, {});
  EXPECT_EQ(decay.status, DecayStatus::fitted);
  EXPECT_EQ(decay.s0, 5e5);
  EXPECT_NEAR(decay.k, 0.0073, 1e-12);
  EXPECT_NEAR(std::exp(-decay.k * 219), 0.2, 0.003);  // METHODS' example: 20 % left after 219 days
  EXPECT_NEAR(decay.half_life_days, std::log(2) / 0.0073, 1e-6);
  EXPECT_EQ(remark(decay), "");
}

TEST(Decay, StopsAtTheFirstStorageBelowZeroAndSaysSo) {
  const auto t = days(12, 10);
  std::vector<double> s;
  for (const double v : t) s.push_back(100 * std::exp(-0.01 * v));
  s[8] = -1;
  s[9] = 50;  // not looked at
  const Decay decay = fit_decay(t, s, {});
  EXPECT_EQ(decay.points, 8U);
  EXPECT_EQ(decay.stopped_day, 80);
  EXPECT_NEAR(decay.k, 0.01, 1e-12);
  EXPECT_NE(remark(decay).find("below 0 from day 80"), std::string::npos);
}

TEST(Decay, LeavesOutPointsUnderOnePercentOfTheStart) {
  const auto t = days(40, 20);
  std::vector<double> s;
  for (const double v : t) s.push_back(v <= 200 ? 100 * std::exp(-0.02 * v) : 0.9);
  const Decay decay = fit_decay(t, s, {});
  EXPECT_EQ(decay.points, 11U);
  EXPECT_NEAR(decay.k, 0.02, 1e-12);
}

TEST(Decay, IsNotFittedToFewerThanFivePoints) {
  const Decay decay = fit_decay(days(4, 10), std::vector<double>{8, 4, 2, 1}, {});
  EXPECT_EQ(decay.status, DecayStatus::too_few_points);
  EXPECT_NE(remark(decay).find("only 4 points"), std::string::npos);
}

TEST(Decay, ThatDoesNotFallIsSaid) {
  const Decay decay = fit_decay(days(6, 10), std::vector<double>{10, 11, 12, 13, 14, 15}, {});
  EXPECT_EQ(decay.status, DecayStatus::no_decay);
  EXPECT_EQ(remark(decay), "storage does not decay");
}

TEST(Decay, OfNothingIsSaid) {
  EXPECT_EQ(fit_decay(days(6, 1), std::vector<double>{0, 0, 0, 0, 0, 0}, {}).status, DecayStatus::no_storage);
  EXPECT_EQ(fit_decay(days(6, 1), std::vector<double>{-3, 1, 1, 1, 1, 1}, {}).status,
            DecayStatus::no_storage);
}

TEST(Decay, WithAHeavyTailIsToldToBeNoExponential) {
  const auto t = days(40, 10);
  std::vector<double> s;
  for (const double v : t) s.push_back(100 / (1 + 0.2 * v));
  const Decay decay = fit_decay(t, s, {});
  EXPECT_EQ(decay.status, DecayStatus::fitted);
  EXPECT_FALSE(decay.exponential);
  EXPECT_NE(remark(decay).find("no exponential"), std::string::npos);
}

TEST(TwoPhases, OfTwoExponentialsAreTheirCoefficientsAndShares) {
  std::vector<double> days, storage;
  for (int i = 0; i <= 30; ++i) {
    days.push_back(7.0 * i);
    storage.push_back(1e6 * (0.4 * std::exp(-0.05 * days.back()) + 0.6 * std::exp(-0.004 * days.back())));
  }
  const TwoPhases found = fit_two_phases(days, storage);
  ASSERT_TRUE(found.there);
  EXPECT_NEAR(found.k_early, 0.05, 1e-4);
  EXPECT_NEAR(found.k_late, 0.004, 1e-5);
  EXPECT_NEAR(found.share_early, 0.4, 1e-3);
  EXPECT_GT(found.r2, 1 - 1e-8);
  // Not asked for, not fitted.
  EXPECT_FALSE(fit_decay(days, storage, {}).phases.there);
  EXPECT_TRUE(fit_decay(days, storage, {.two_phases = true}).phases.there);
}

TEST(TwoPhases, OfOneExponentialAreNotToldApart) {
  std::vector<double> days, storage;
  for (int i = 0; i <= 20; ++i) {
    days.push_back(10.0 * i);
    storage.push_back(3e5 * std::exp(-0.01 * days.back()));
  }
  const TwoPhases found = fit_two_phases(days, storage);
  EXPECT_FALSE(found.there && found.k_early > 1.05 * found.k_late);
  EXPECT_GT(found.r2, 1 - 1e-9);
}

}  // namespace
}  // namespace phreatic::studies::recharge
