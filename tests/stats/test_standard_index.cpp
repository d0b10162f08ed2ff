// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/standard_index.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "phreatic/stats/special.hpp"

namespace phreatic::stats {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
using Values = std::vector<double>;

TEST(StandardIndex, AgreesWithPastas) {
  Values level(60);
  std::vector<int> month(60);
  for (std::size_t i = 0; i < level.size(); ++i) {
    const auto t = static_cast<double>(i);
    level[i] =
        std::round(1e4 * (100 + std::sin(2 * std::numbers::pi * t / 12) + 0.7 * std::cos(1.7 * t))) / 1e4;
    month[i] = static_cast<int>(i % 12);
  }
  for (const std::size_t gap : {3, 17, 18, 40}) level[gap] = kGap;
  // tests/reference/stats/sgi.py
  const Values expected{1.2815515655446004,
                        -0.5244005127080407,
                        -0.5244005127080407,
                        kGap,
                        0.31863936396437514,
                        -1.1503493803760079,
                        -0.31863936396437514,
                        1.2815515655446004,
                        0.0,
                        -1.2815515655446004,
                        0.0,
                        1.2815515655446004,
                        0.0,
                        -1.2815515655446004,
                        0.524400512708041,
                        1.1503493803760079,
                        -0.31863936396437514,
                        kGap,
                        kGap,
                        0.0};
  const auto index = standard_index(index_reference(level, month, 12, 1), level, month);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(index[i])) << i;
    } else {
      EXPECT_NEAR(index[i], expected[i], 1e-12) << i;
    }
  }
}

TEST(StandardIndex, ProbabilitiesOfTiesBetweenAndBeyond) {
  const std::vector<int> group(5, 0);
  const auto reference = index_reference(Values{1, 2, 2, 4, kGap}, group, 2, 3);
  EXPECT_DOUBLE_EQ(reference_probability(reference, 0, 1), 0.125);
  EXPECT_DOUBLE_EQ(reference_probability(reference, 0, 2), 0.5);
  EXPECT_DOUBLE_EQ(reference_probability(reference, 0, 3), (0.5 + 0.875) / 2);
  EXPECT_DOUBLE_EQ(reference_probability(reference, 0, -9), 0.125);
  EXPECT_DOUBLE_EQ(reference_probability(reference, 0, 9), 0.875);
  EXPECT_TRUE(std::isnan(reference_probability(reference, 0, kGap)));
  EXPECT_TRUE(std::isnan(reference_probability(reference, 1, 2)));
  EXPECT_TRUE(std::isnan(reference_level(reference, 1, 0.5)));
  EXPECT_DOUBLE_EQ(reference_level(reference, 0, 0.5), 2);
}

TEST(StandardIndex, TooFewReferenceLevelsAreUndefined) {
  const auto reference = index_reference(Values{1, 2, kGap, kGap}, std::vector<int>(4, 0), 1, 3);
  EXPECT_TRUE(std::isnan(reference_probability(reference, 0, 1)));
}

TEST(StandardIndex, Classes) {
  EXPECT_EQ(normal_class(0.2), NormalClass::below);
  EXPECT_EQ(normal_class(0.25), NormalClass::near);
  EXPECT_EQ(normal_class(0.76), NormalClass::above);
  EXPECT_EQ(normal_class(kGap), NormalClass::undefined);
}

TEST(StandardIndex, ClassProbabilitiesFollowTheErrors) {
  const auto reference = index_reference(Values{0, 1, 2, 3, 4}, std::vector<int>(5, 0), 1, 1);
  Calibration calibration;
  calibration.errors = {-2, -1, 0, 1, 2};
  // Levels at 0.25 and 0.75 are 1 and 3. Simulated 1: errors > 0 are 2, one equals it; errors = 2 is one.
  const auto p = class_probabilities(reference, 0, calibration, 1, 1);
  EXPECT_DOUBLE_EQ(p.below, 1 - 3.0 / 6);
  EXPECT_DOUBLE_EQ(p.above, 1.0 / 6);
  EXPECT_DOUBLE_EQ(p.below + p.near + p.above, 1);
  EXPECT_TRUE(std::isnan(class_probabilities(reference, 0, Calibration{}, 1, 1).near));
}

}  // namespace
}  // namespace phreatic::stats
