// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/truth/scoring.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace phreatic::basin {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Scoring, ByHand) {
  // truth 0 1 2 3, attributed 1 1 3 3: mean 1.5 and 2; sxy 4, sxx 5, syy 4; errors 1 0 1 0.
  const std::vector<double> truth = {0, 1, 2, 3, kNan};
  const std::vector<double> attributed = {1, 1, 3, 3, 9};
  const AttributionScore s = score_pairs(attributed, truth);
  EXPECT_EQ(s.count, 4U);
  EXPECT_NEAR(s.correlation, 4 / std::sqrt(20.0), 1e-14);
  EXPECT_NEAR(s.slope, 0.8, 1e-14);
  EXPECT_NEAR(s.relative_rmse, std::sqrt(2.0 / 5.0), 1e-14);
}

TEST(Scoring, PerfectAndHalved) {
  const std::vector<double> truth = {-1, 2, 0.5, 4};
  const AttributionScore same = score_pairs(truth, truth);
  EXPECT_NEAR(same.correlation, 1, 1e-14);
  EXPECT_NEAR(same.slope, 1, 1e-14);
  EXPECT_EQ(same.relative_rmse, 0);
  const std::vector<double> half = {-0.5, 1, 0.25, 2};
  const AttributionScore h = score_pairs(half, truth);
  EXPECT_NEAR(h.correlation, 1, 1e-14);
  EXPECT_NEAR(h.slope, 0.5, 1e-14);
}

TEST(Scoring, UndefinedWhereTruthIsConstant) {
  const AttributionScore s = score_pairs(std::vector<double>{1, 2, 3}, std::vector<double>{0.1, 0.1, 0.1});
  EXPECT_TRUE(std::isnan(s.correlation));
  EXPECT_TRUE(std::isnan(s.slope));
  EXPECT_TRUE(std::isnan(s.relative_rmse));
  EXPECT_TRUE(std::isnan(score_pairs({}, {}).slope));
}

TEST(Scoring, PooledFirstThenByGroup) {
  const std::vector<std::string> groups = {"a", "b"};
  const std::vector<double> truth = {1, 10, 2, 30, 3, 20};
  const std::vector<double> attributed = {1, 10, 2, 30, 3, 26};
  const auto scores = score_attribution(attributed, truth, groups);
  ASSERT_EQ(scores.size(), 3U);
  EXPECT_EQ(scores[0].group, "all");
  EXPECT_EQ(scores[0].count, 6U);
  EXPECT_EQ(scores[1].group, "a");
  EXPECT_EQ(scores[1].relative_rmse, 0);
  EXPECT_NEAR(scores[2].relative_rmse, std::sqrt(36.0 / 200.0), 1e-14);
}

}  // namespace
}  // namespace phreatic::basin
