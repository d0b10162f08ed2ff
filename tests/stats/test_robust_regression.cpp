// SPDX-License-Identifier: BSD-3-Clause
// Numbers by tests/reference/stats/recharge.py (statsmodels).
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "phreatic/stats/regression/collinearity.hpp"
#include "phreatic/stats/regression/huber.hpp"

namespace phreatic::stats {
namespace {

double rounded(double v, double digits) {
  return std::round(v * std::pow(10, digits)) / std::pow(10, digits);
}

TEST(Huber, AgreesWithStatsmodels) {
  std::vector<double> x;
  std::vector<double> y;
  for (int i = 0; i < 25; ++i) {
    x.push_back(7.0 * i);
    y.push_back(rounded(
        12.3 - 0.011 * x.back() + 0.05 * std::sin(1.7 * i * i) + (i % 9 == 4 ? 0.8 : 0) - (i == 20 ? 1.5 : 0),
        4));
  }
  const RobustLine line = huber_line(x, y, {.tolerance = 0});
  EXPECT_EQ(line.iterations, 20);
  EXPECT_NEAR(line.intercept, 12.319427461283919, 1e-6);
  EXPECT_NEAR(line.slope, -0.011117741498844591, 1e-8);
  EXPECT_NEAR(line.scale, 0.061355679706855654, 1e-6);
  EXPECT_EQ(line.weights[3], 1);
  EXPECT_NEAR(line.weights[4], 0.0996816636847936, 1e-5);
  EXPECT_NEAR(line.weights[20], 0.0567739325362841, 1e-5);
}

TEST(Huber, GivesALineThroughPointsThatLieOnOne) {
  const RobustLine line =
      huber_line(std::vector<double>{0, 1, 2, 3, 9}, std::vector<double>{5, 3, 1, -1, -13});
  EXPECT_NEAR(line.intercept, 5, 1e-12);
  EXPECT_NEAR(line.slope, -2, 1e-12);
  EXPECT_EQ(line.scale, 0);
}

Columns three_columns() {
  Columns x(3);
  for (int j = 0; j < 40; ++j) {
    x[0].push_back(std::sin(j * j));
    x[1].push_back(rounded(0.7 * x[0].back() + 0.4 * std::cos(3.1 * j), 3));
    x[2].push_back(rounded(std::cos(j * j * 0.3) + 5, 3));
  }
  return x;
}

TEST(Ols, AgreesWithStatsmodels) {
  const Columns x = three_columns();
  std::vector<double> y;
  for (int j = 0; j < 40; ++j) {
    const auto i = static_cast<std::size_t>(j);
    y.push_back(rounded(1 + 2 * x[0][i] - x[1][i] + 0.1 * x[2][i] + 0.2 * std::sin(j), 3));
  }
  const OlsFit fit = ols(x, y);
  ASSERT_TRUE(fit.solved);
  EXPECT_NEAR(fit.coefficients[3], 0.8324536292367364, 1e-10);
  EXPECT_NEAR(fit.coefficients[0], 2.001239628071027, 1e-10);
  EXPECT_NEAR(fit.coefficients[1], -1.002582602816567, 1e-10);
  EXPECT_NEAR(fit.coefficients[2], 0.1332332144647156, 1e-10);
  EXPECT_NEAR(1 - fit.rss / fit.tss, 0.9814508533260968, 1e-12);
}

TEST(VarianceInflation, AgreesWithStatsmodels) {
  const auto vif = variance_inflation(three_columns());
  EXPECT_NEAR(vif[0], 3.476814081635726, 1e-9);
  EXPECT_NEAR(vif[1], 3.4113081519621438, 1e-9);
  EXPECT_NEAR(vif[2], 1.068043654590239, 1e-9);
}

TEST(VarianceInflation, IsInfiniteForADependentColumnAndUndefinedForAConstantOne) {
  Columns x = three_columns();
  for (std::size_t i = 0; i < 40; ++i) x[2][i] = 3 * x[0][i] - x[1][i] + 1;
  x.push_back(std::vector<double>(40, 7.0));
  const auto vif = variance_inflation(x);
  EXPECT_TRUE(std::isinf(vif[0]));
  EXPECT_TRUE(std::isinf(vif[2]));
  EXPECT_TRUE(std::isnan(vif[3]));
}

TEST(CollinearPairs, AreListedLargestFirst) {
  const auto pairs = collinear_pairs({{1, 2, 3, 4}, {1, 2, 3, 5}, {4, 1, 3, 2}}, 0.65);
  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_EQ(pairs[0].a, 0U);
  EXPECT_EQ(pairs[0].b, 1U);
  EXPECT_NEAR(pairs[0].r2, 6.5 * 6.5 / (5 * 8.75), 1e-12);  // covariance and variances by hand
}

}  // namespace
}  // namespace phreatic::stats
