// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/bands/conformal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "phreatic/core/random.hpp"

namespace phreatic::stats {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
using Values = std::vector<double>;

ConformalParams plain(double level, BandShape shape = BandShape::symmetric) {
  ConformalParams params;
  params.level = level;
  params.shape = shape;
  params.dependence = Dependence::independent;
  return params;
}

TEST(Conformal, FiniteSampleRank) {
  // Errors 1 .. n in mixed signs; rank ceil((n + 1) level).
  for (const auto& [n, level, rank] : {std::tuple{9, 0.9, 9}, {19, 0.9, 18}, {20, 0.9, 19}, {39, 0.5, 20}}) {
    Values o(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < o.size(); ++i) o[i] = (i % 2 == 0 ? 1.0 : -1.0) * static_cast<double>(i + 1);
    const Calibration c = calibrate(o, Values(o.size(), 0), {}, plain(level));
    EXPECT_EQ(c.low, rank) << n;
    EXPECT_EQ(c.high, rank) << n;
    EXPECT_FALSE(c.too_few);
    EXPECT_EQ(c.count, o.size());
  }
}

TEST(Conformal, TooFewErrorsIsSaid) {
  const Calibration c = calibrate(Values{1, -2, 3}, Values{0, 0, 0}, {}, plain(0.9));
  EXPECT_TRUE(c.too_few);
  EXPECT_EQ(c.high, 3);
  const Calibration none = calibrate(Values{kGap}, Values{0}, {}, plain(0.9));
  EXPECT_EQ(none.count, 0U);
  EXPECT_TRUE(std::isnan(none.high));
  EXPECT_TRUE(std::isnan(apply(none, Values{1}, {}).lower[0]));
}

TEST(Conformal, LeaveOneOutCoverageIsExact) {
  // The theorem: among n + 1 exchangeable errors each is left out once; exactly ceil((n + 1) level) are
  // covered.
  core::RandomStream random(5, "conformal");
  Values all(40);
  for (double& v : all) v = random.normal();
  for (const double level : {0.5, 0.8, 0.9}) {
    int covered = 0;
    for (std::size_t out = 0; out < all.size(); ++out) {
      Values o = all;
      o.erase(o.begin() + static_cast<std::ptrdiff_t>(out));
      const Calibration c = calibrate(o, Values(o.size(), 0), {}, plain(level));
      covered += std::abs(all[out]) <= c.high;
    }
    EXPECT_EQ(covered, std::ceil(40 * level - 1e-9)) << level;
  }
}

TEST(Conformal, AsymmetricSidesStandApart) {
  Values o(39);
  std::iota(o.begin(), o.end(), -5);  // -5 .. 33
  const Calibration c = calibrate(o, Values(o.size(), 0), {}, plain(0.9, BandShape::asymmetric));
  // ceil(40 * 0.95) = 38: the second largest error, and the second largest of the negated ones.
  EXPECT_EQ(c.high, 32);
  EXPECT_EQ(c.low, 4);
  const Band band = apply(c, Values{10, kGap}, {});
  EXPECT_EQ(band.lower[0], 6);
  EXPECT_EQ(band.upper[0], 42);
  EXPECT_TRUE(std::isnan(band.lower[1]));
}

TEST(Conformal, ScaleIsUndoneAndGapsDoNotCount) {
  const Values o{2, -6, 4, kGap, 5, 5};
  const Values s{0, 0, 0, 0, 0, kGap};
  const Values scale{1, 2, 4, 1, 0, 1};  // scaled errors 2, -3, 1
  const Calibration c = calibrate(o, s, scale, plain(0.7));
  EXPECT_EQ(c.count, 3U);
  EXPECT_EQ(c.high, 3);
  EXPECT_EQ(c.errors, (Values{-3, 1, 2}));
  const Band band = apply(c, Values{10, 10}, Values{2, kGap});
  EXPECT_EQ(band.lower[0], 4);
  EXPECT_EQ(band.upper[0], 16);
  EXPECT_TRUE(std::isnan(band.upper[1]));
}

TEST(Conformal, BoundsAreMovedToTheWantedLevel) {
  const Values o{0, 1, 2, 3};
  // Distances beyond [l, u]: -1, 0, 1, 2 (positive = outside).
  const Values lower{-5, -5, -5, -5};
  const Values upper{1, 1, 1, 1};
  const Calibration c = calibrate_bounds(o, lower, upper, plain(0.6));
  EXPECT_EQ(c.high, 1);  // ceil(5 * 0.6) = 3rd smallest
  const Band band = apply_bounds(c, lower, upper);
  EXPECT_EQ(band.lower[0], -6);
  EXPECT_EQ(band.upper[0], 2);
  // Bounds far too wide are drawn in, but do not cross.
  const Calibration tight = calibrate_bounds(o, Values(4, -100), Values(4, 100), plain(0.6));
  EXPECT_LT(tight.high, 0);
  const Band narrow = apply_bounds(tight, Values{0}, Values{1});
  EXPECT_EQ(narrow.lower[0], narrow.upper[0]);
  EXPECT_EQ(narrow.lower[0], 0.5);
}

Values ar1(double phi, std::size_t n, std::uint64_t seed) {
  core::RandomStream random(seed, "ar1");
  Values x(n);
  double state = random.normal();
  for (double& v : x) {
    v = state;
    state = phi * state + std::sqrt(1 - phi * phi) * random.normal();
  }
  return x;
}

// Share of a long independent future that the band holds, averaged over calibration periods of 365 errors
// that remember for about 50 steps.
double mean_coverage(Dependence dependence) {
  const Values future = ar1(0, 4000, 999);
  double sum = 0;
  const int trials = 200;
  for (int i = 0; i < trials; ++i) {
    const Values o = ar1(0.98, 250, static_cast<std::uint64_t>(i));
    ConformalParams params = plain(0.9);
    params.dependence = dependence;
    const Calibration c = calibrate(o, Values(o.size(), 0), {}, params);
    const Band band = apply(c, Values(future.size(), 0), {});
    sum += coverage(future, band.lower, band.upper);
  }
  return sum / trials;
}

TEST(Conformal, WideningMendsTheLossByErrorsInRuns) {
  const double independent = mean_coverage(Dependence::independent);
  const double effective = mean_coverage(Dependence::effective_sample);
  const double blocks = mean_coverage(Dependence::blocks);
  EXPECT_LT(independent, 0.88);
  EXPECT_GT(effective, 0.89);
  EXPECT_LT(effective, 0.95);
  EXPECT_GT(blocks, 0.89);
  EXPECT_LT(blocks, 0.95);
}

TEST(Conformal, BlocksTakeTheShareOfBlocks) {
  // Four blocks of 3 with errors 1, 2, 3, 4; level 0.5; the 0.75 share: ceil(5 * 0.75) = 4th block.
  Values o;
  for (const double v : {1.0, 3.0, 2.0, 4.0}) o.insert(o.end(), 3, v);
  ConformalParams params = plain(0.5);
  params.dependence = Dependence::blocks;
  params.block_steps = 3;
  params.block_share = 0.6;
  EXPECT_EQ(calibrate(o, Values(o.size(), 0), {}, params).high, 3);
  params.block_share = 0.75;
  EXPECT_EQ(calibrate(o, Values(o.size(), 0), {}, params).high, 4);
}

TEST(Conformal, FollowsUnits) {
  const Values o = ar1(0.5, 100, 3);
  const Values s = ar1(0.5, 100, 4);
  Values o_feet = o;
  Values s_feet = s;
  for (double& v : o_feet) v = 2 * v + 8;
  for (double& v : s_feet) v = 2 * v + 8;
  const Calibration a = calibrate(o, s, {}, ConformalParams{});
  const Calibration b = calibrate(o_feet, s_feet, {}, ConformalParams{});
  EXPECT_NEAR(b.high, 2 * a.high, 1e-12);
}

TEST(Conformal, ExceedanceIsTheShareOfErrorsBeyond) {
  Calibration c;
  c.errors = {-1, 0, 0, 1};
  EXPECT_DOUBLE_EQ(exceedance(c, 0, 1, -5), 4.5 / 5);
  EXPECT_DOUBLE_EQ(exceedance(c, 0, 1, 5), 0.5 / 5);
  EXPECT_DOUBLE_EQ(exceedance(c, 0, 1, 0), 2.5 / 5);
  EXPECT_DOUBLE_EQ(exceedance(c, 10, 2, 11), 1.5 / 5);
  EXPECT_TRUE(std::isnan(exceedance(c, kGap, 1, 0)));
  EXPECT_TRUE(std::isnan(exceedance(Calibration{}, 0, 1, 0)));
}

TEST(Scales, SeasonalScaleFollowsTheErrors) {
  std::vector<int> days(366);
  std::iota(days.begin(), days.end(), 1);
  Values o(366);
  for (std::size_t i = 0; i < o.size(); ++i) o[i] = i < 183 ? 1.0 : 3.0;
  const YearTable table = seasonal_scale(o, Values(366, 0), days, 20);
  EXPECT_DOUBLE_EQ(table[90], 1);
  EXPECT_DOUBLE_EQ(table[270], 3);
  EXPECT_NEAR(table[182], 2, 0.1);
  // An error in one season only: the others get the overall mean; all errors 0: all 1.
  const YearTable rare = seasonal_scale(Values{2}, Values{0}, std::vector<int>{10}, 20);
  EXPECT_DOUBLE_EQ(rare[200], 2);
  EXPECT_DOUBLE_EQ(seasonal_scale(Values{2}, Values{2}, std::vector<int>{10})[0], 1);
}

}  // namespace
}  // namespace phreatic::stats
