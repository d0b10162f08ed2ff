// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "phreatic/trees/importance.hpp"

namespace phreatic::trees {
namespace {

Contributions three_rows() { return {3, {"a", "b"}, 0.5, {1, -1, 2, 0, 3, 1}}; }

TEST(TreeImportance, VarianceAndMeanOfAbsoluteValuesAreThoseOfTheColumns) {
  const auto list = importance(three_rows());
  EXPECT_DOUBLE_EQ(list[0].variance, 2.0 / 3);
  EXPECT_DOUBLE_EQ(list[0].mean_absolute, 2);
  EXPECT_DOUBLE_EQ(list[1].variance, 2.0 / 3);
  EXPECT_DOUBLE_EQ(list[1].mean_absolute, 2.0 / 3);
  EXPECT_DOUBLE_EQ(list[1].variance_share, 0.5);
  EXPECT_EQ(by_importance(list), (std::vector<std::size_t>{0, 1}));
}

TEST(TreeImportance, FactorsOfALogarithmMultiplyToThePrediction) {
  const Contributions c = three_rows(), f = as_factors(c, 10);
  for (std::size_t r = 0; r < 3; ++r)
    EXPECT_NEAR(f.base * f.at(r, 0) * f.at(r, 1), std::pow(10.0, c.margin(r)),
                1e-9 * std::pow(10.0, c.margin(r)));
}

TEST(TreeImportance, ATrendFollowsALineExactlyAndLeavesOutMissingValues) {
  Contributions c{101, {"a"}, 0, {}};
  Table t{{"a"}, 101, {}};
  for (int r = 0; r < 100; ++r) {
    t.values.push_back(static_cast<float>((r * 37) % 100));
    c.values.push_back(3.0 - 0.25 * ((r * 37) % 100));
  }
  t.values.push_back(std::numeric_limits<float>::quiet_NaN());
  c.values.push_back(7);
  const Dependence d = dependence(c, t, 0, {});
  ASSERT_EQ(d.trend.size(), 40U);
  for (std::size_t i = 0; i < d.trend.size(); ++i) EXPECT_NEAR(d.trend[i], 3 - 0.25 * d.trend_value[i], 1e-9);
  EXPECT_EQ(d.missing, 1U);
  EXPECT_DOUBLE_EQ(d.missing_mean, 7);
}

TEST(TreeImportance, ATrendOfAStepIsFlatOnBothSidesOfIt) {
  Contributions c{200, {"a"}, 0, {}};
  Table t{{"a"}, 200, {}};
  for (int r = 0; r < 200; ++r) {
    t.values.push_back(static_cast<float>(r));
    c.values.push_back(r < 100 ? -1.0 : 1.0);
  }
  const Dependence d = dependence(c, t, 0, {.span = 0.1});
  EXPECT_NEAR(d.trend.front(), -1, 1e-9);
  EXPECT_NEAR(d.trend.back(), 1, 1e-9);
}

}  // namespace
}  // namespace phreatic::trees
