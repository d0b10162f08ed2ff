// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/metrics/metrics.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace phreatic::stats {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
using Values = std::vector<double>;

// o - mean = -1.5 -0.5 0.5 1.5 (SST 5), s - o = 0 0 0 2 (SSE 4).
const Values kObserved{1, 2, 3, 4};
const Values kSimulated{1, 2, 3, 6};

TEST(Metrics, HandComputedValues) {
  EXPECT_DOUBLE_EQ(nse(kObserved, kSimulated), 1 - 4.0 / 5);
  // Training mean 0: SST = 1 + 4 + 9 + 16.
  EXPECT_DOUBLE_EQ(nse_trainmean(kObserved, kSimulated, Values{-1, 1, kGap}), 1 - 4.0 / 30);
  EXPECT_DOUBLE_EQ(rmse(kObserved, kSimulated), 1);
  EXPECT_DOUBLE_EQ(mae(kObserved, kSimulated), 0.5);
  EXPECT_DOUBLE_EQ(bias(kObserved, kSimulated), 0.5);
  // cov 2, var_o 1.25, var_s = (4 + 1 + 0 + 9) / 4 = 3.5.
  EXPECT_DOUBLE_EQ(pearson(kObserved, kSimulated), 2 / std::sqrt(1.25 * 3.5));
  EXPECT_DOUBLE_EQ(r2(kObserved, kSimulated), 4 / (1.25 * 3.5));
  EXPECT_DOUBLE_EQ(alpha_nse(kObserved, kSimulated), std::sqrt(3.5 / 1.25));
  EXPECT_DOUBLE_EQ(beta_nse(kObserved, kSimulated), 0.5 / std::sqrt(1.25));
  // sum of squared changes 3; s - o from the second step on: 0 0 2.
  EXPECT_DOUBLE_EQ(persistence_index(kObserved, kSimulated), 1 - 4.0 / 3);
  EXPECT_DOUBLE_EQ(persistence_index(kObserved, kSimulated, 2), 1 - 4.0 / 8);
}

TEST(Metrics, KlingGuptaHandComputed) {
  // o = 1 3, s = 2 6: r = 1, sd ratio 2, mean ratio 2; 2012's ratio of variation coefficients is 1.
  EXPECT_DOUBLE_EQ(kge_2009(Values{1, 3}, Values{2, 6}), 1 - std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(kge_2012(Values{1, 3}, Values{2, 6}), 0);
  EXPECT_DOUBLE_EQ(kge_2009(kObserved, kObserved), 1);
  EXPECT_DOUBLE_EQ(kge_2012(kObserved, kObserved), 1);
}

// tests/reference/stats/metrics.py: scikit-learn and hydroeval on the same twelve steps.
TEST(Metrics, AgreeWithPeers) {
  const Values o{12.31, 12.44, 12.9, 13.37, 13.21, 12.78, 12.4, 12.12, 11.95, 11.9, 12.05, 12.6};
  const Values s{12.2, 12.6, 12.75, 13.1, 13.3, 12.95, 12.3, 12.3, 12.1, 11.7, 12.2, 12.45};
  EXPECT_NEAR(nse(o, s), 0.8754100275460639, 1e-12);
  EXPECT_NEAR(r2(o, s), 0.8759426221927734, 1e-12);
  EXPECT_NEAR(rmse(o, s), 0.1632993161855454, 1e-12);
  EXPECT_NEAR(mae(o, s), 0.15666666666666687, 1e-12);
  EXPECT_NEAR(kge_2009(o, s), 0.9210829064798732, 1e-12);
  EXPECT_NEAR(kge_2012(o, s), 0.9213788356372821, 1e-12);
  EXPECT_NEAR(quantile_loss(o, s, 0.9), 0.08100000000000017, 1e-12);
}

TEST(Metrics, StepsWithAGapDoNotCount) {
  const Values o{1, kGap, 2, 3, 4, 9};
  const Values s{1, 7, 2, 3, 6, kGap};
  EXPECT_DOUBLE_EQ(nse(o, s), nse(kObserved, kSimulated));
  EXPECT_DOUBLE_EQ(kge_2012(o, s), kge_2012(kObserved, kSimulated));
  EXPECT_DOUBLE_EQ(rmse(o, s), 1);
  const PairCount count = count_pairs(o, s);
  EXPECT_EQ(count.pairs, 4U);
  EXPECT_EQ(count.observed_only, 1U);
  // Changes need both ends: only 2 -> 3 -> 4 remain, errors 0 and 2.
  EXPECT_DOUBLE_EQ(persistence_index(o, s), 1 - 4.0 / 2);
}

TEST(Metrics, UndefinedIsNaN) {
  const Values none{};
  const Values gaps{kGap, kGap};
  const Values one{3};
  // 0.1 summed thrice over three is not 0.1: a constant series must not depend on rounding.
  const Values constant{0.1, 0.1, 0.1};
  const Values varied{1, 2, 4};
  for (const Values& o : {none, gaps, one, constant}) {
    const Values s(o.size(), 1.0);
    for (const auto metric : {nse, pearson, r2, kge_2009, kge_2012, alpha_nse, beta_nse}) {
      EXPECT_TRUE(std::isnan(metric(o, s))) << o.size();
    }
    EXPECT_TRUE(std::isnan(persistence_index(o, s)));
  }
  for (const auto metric : {rmse, mae, bias}) EXPECT_TRUE(std::isnan(metric(gaps, Values{1, 2})));
  for (const auto metric : {pearson, r2, kge_2009, kge_2012})
    EXPECT_TRUE(std::isnan(metric(varied, constant)));
  EXPECT_LE(nse(varied, constant), 0);
  EXPECT_EQ(alpha_nse(varied, constant), 0);
  EXPECT_TRUE(std::isnan(kge_2009(Values{-1, 1}, Values{1, 2})));
  EXPECT_TRUE(std::isnan(kge_2012(Values{1, 2}, Values{-1, 1})));
  EXPECT_TRUE(std::isnan(nse_trainmean(varied, varied, gaps)));
  EXPECT_TRUE(std::isnan(nse_trainmean(Values{2, 2}, Values{1, 2}, Values{1, 3})));
  EXPECT_TRUE(std::isnan(persistence_index(varied, varied, 3)));
}

TEST(Metrics, OneStepIsEnoughWhereItIsDefined) {
  EXPECT_DOUBLE_EQ(rmse(Values{3}, Values{1}), 2);
  EXPECT_DOUBLE_EQ(bias(Values{3}, Values{1}), -2);
  EXPECT_DOUBLE_EQ(nse_trainmean(Values{3}, Values{1}, Values{0}), 1 - 4.0 / 9);
}

TEST(Metrics, InfinityIsNotAGap) {
  EXPECT_EQ(nse(kObserved, Values{1, 2, 3, kInf}), -kInf);
  EXPECT_EQ(rmse(kObserved, Values{1, 2, 3, -kInf}), kInf);
}

TEST(Metrics, LevelsFarFromZeroKeepTheirDigits) {
  Values o = kObserved;
  Values s = kSimulated;
  for (double& v : o) v += 1e6;
  for (double& v : s) v += 1e6;
  EXPECT_DOUBLE_EQ(nse(o, s), 0.2);
  EXPECT_NEAR(r2(o, s), 4 / (1.25 * 3.5), 1e-14);
}

TEST(Metrics, NseIsSkillSquaredLessScaleAndBias) {
  // Gupta 2009, equation 4: NSE = 2 alpha r - alpha^2 - beta_n^2.
  const double a = alpha_nse(kObserved, kSimulated);
  const double b = beta_nse(kObserved, kSimulated);
  EXPECT_NEAR(nse(kObserved, kSimulated), 2 * a * pearson(kObserved, kSimulated) - a * a - b * b, 1e-14);
}

TEST(Intervals, CoverageWidthAndScore) {
  const Values o{0, 1, 5, kGap, 2};
  const Values lower{0, 2, 1, 0, kGap};
  const Values upper{1, 4, 3, 1, 3};
  EXPECT_DOUBLE_EQ(coverage(o, lower, upper), 1.0 / 3);  // bounds belong to the interval
  EXPECT_DOUBLE_EQ(interval_width(o, lower, upper), 5.0 / 3);
  // Widths 1 2 2, misses 1 and 2, penalty 2 / 0.1.
  EXPECT_DOUBLE_EQ(interval_score(o, lower, upper, 0.9), (5 + 20 * 3.0) / 3);
  EXPECT_TRUE(std::isnan(coverage(Values{kGap}, Values{0}, Values{1})));
  EXPECT_TRUE(std::isnan(interval_score(Values{}, Values{}, Values{}, 0.9)));
}

TEST(Intervals, ScoreIsTheSumOfTwoQuantileLosses) {
  const Values o{0, 1, 5, -3};
  const Values lower{0, 2, 1, 4};
  const Values upper{1, 4, 3, -6};  // the last pair crosses
  const double expected = 2 / 0.2 * (quantile_loss(o, lower, 0.1) + quantile_loss(o, upper, 0.9));
  EXPECT_NEAR(interval_score(o, lower, upper, 0.8), expected, 1e-12);
  EXPECT_DOUBLE_EQ(coverage(Values{-3}, Values{4}, Values{-6}), 0);
}

TEST(Intervals, QuantileLossHandComputed) {
  EXPECT_DOUBLE_EQ(quantile_loss(Values{2, 0}, Values{1, 3}, 0.9), (0.9 * 1 + 0.1 * 3) / 2);
}

TEST(Summaries, QuantilesAndShares) {
  const Values v{3, kGap, 1, 2, 4};
  EXPECT_DOUBLE_EQ(median(v), 2.5);
  EXPECT_DOUBLE_EQ(mean(v), 2.5);
  EXPECT_DOUBLE_EQ(quantile(v, 0.1), 1.3);
  EXPECT_DOUBLE_EQ(quantile(v, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(v, 1), 4);
  EXPECT_DOUBLE_EQ(share_above(v, 2), 0.5);  // strictly above
  for (const Values& none : {Values{}, Values{kGap}}) {
    EXPECT_TRUE(std::isnan(median(none)));
    EXPECT_TRUE(std::isnan(mean(none)));
    EXPECT_TRUE(std::isnan(share_above(none, 0)));
  }
  EXPECT_DOUBLE_EQ(median(Values{7}), 7);
}

TEST(Summaries, LevelNames) {
  EXPECT_EQ(level_name("coverage", 0.9), "coverage_90");
  EXPECT_EQ(level_name("interval_score", 0.95), "interval_score_95");
  EXPECT_EQ(level_name("coverage", 0.975), "coverage_97.5");
}

}  // namespace
}  // namespace phreatic::stats
