// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/metrics/residual_diagnostics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "phreatic/core/random.hpp"

namespace phreatic::stats {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
using Values = std::vector<double>;

TEST(ResidualDiagnostics, MomentsAndMonthsByHand) {
  // Residuals 1 -1 3 1, gap: mean 1, squared deviations 0 4 4 0.
  const Values o{2, 1, 5, 3, kGap};
  const Values s{1, 2, 2, 2, 2};
  const std::vector<int> months{0, 0, 5, 5, 5};
  const auto d = residual_diagnostics(o, s, months, 2);
  EXPECT_EQ(d.n, 4U);
  EXPECT_DOUBLE_EQ(d.mean, 1);
  EXPECT_DOUBLE_EQ(d.sd, std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(d.skewness, 0);
  EXPECT_NEAR(d.kurtosis, 8.0 / 4 - 3, 1e-14);
  EXPECT_EQ(d.months[0].n, 2U);
  EXPECT_DOUBLE_EQ(d.months[0].mean, 0);
  EXPECT_DOUBLE_EQ(d.months[5].median, 2);
  EXPECT_DOUBLE_EQ(d.months[5].q90, 2.8);
  EXPECT_TRUE(std::isnan(d.months[1].mean));
  EXPECT_EQ(d.autocorrelation.size(), 3U);
  EXPECT_DOUBLE_EQ(d.white_bound, 0.98);
}

TEST(ResidualDiagnostics, NormalResidualsLieOnTheLine) {
  core::RandomStream random(1, "residuals");
  Values o(5000);
  for (double& v : o) v = 3 + 2 * random.normal();
  const auto d = residual_diagnostics(o, Values(5000, 1.0), std::vector<int>(5000, 0), 30, 100);
  ASSERT_EQ(d.quantiles.size(), 100U);
  for (const auto& point : d.quantiles) {
    EXPECT_NEAR(point.residual, point.normal, std::abs(point.normal) < 2 ? 0.1 : 0.8);
  }
  EXPECT_LT(d.quantiles.front().normal, -3.7);  // the ends are kept
  EXPECT_GT(d.quantiles.back().normal, 3.7);
  EXPECT_GT(d.effective_n, 4000);
  EXPECT_NEAR(d.trend_correlation, 0, 0.05);
}

TEST(ResidualDiagnostics, DriftAndGrowthAreSeen) {
  Values o(200);
  Values s(200);
  for (std::size_t t = 0; t < 200; ++t) {
    s[t] = std::fmod(37.0 * static_cast<double>(t), 101);
    o[t] = s[t] + 0.01 * static_cast<double>(t);
  }
  EXPECT_NEAR(residual_diagnostics(o, s, std::vector<int>(200, 0)).trend_correlation, 1, 1e-6);
  for (std::size_t t = 0; t < 200; ++t) o[t] = s[t] * (t % 2 == 0 ? 1.1 : 0.9);
  EXPECT_NEAR(residual_diagnostics(o, s, std::vector<int>(200, 0)).level_correlation, 1, 1e-3);
}

TEST(ResidualDiagnostics, NothingAndConstantAreNaN) {
  const auto none = residual_diagnostics(Values{kGap}, Values{1}, std::vector<int>{0});
  EXPECT_EQ(none.n, 0U);
  EXPECT_TRUE(std::isnan(none.mean));
  EXPECT_TRUE(none.quantiles.empty());
  const auto perfect = residual_diagnostics(Values{1, 2}, Values{1, 2}, std::vector<int>{0, 0});
  EXPECT_EQ(perfect.sd, 0);
  EXPECT_TRUE(std::isnan(perfect.skewness));
}

}  // namespace
}  // namespace phreatic::stats
