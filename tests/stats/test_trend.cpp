// SPDX-License-Identifier: BSD-3-Clause
// Peer: pymannkendall and scipy, tests/reference/stats/trend.py.
#include "phreatic/stats/series/trend.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

namespace phreatic::stats {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
using Values = std::vector<double>;

// The script's series: an autocorrelated one with ties and a small trend.
Values script_series(std::size_t n) {
  std::uint64_t state = 20240229;
  double level = 0;
  Values x(n);
  for (std::size_t i = 0; i < n; ++i) {
    state = (1103515245 * state + 12345) % (1ULL << 31U);
    level = 0.6 * level + (static_cast<double>(state) + 0.5) / static_cast<double>(1ULL << 31U) - 0.5;
    x[i] = std::nearbyint(100 * (level + 0.002 * static_cast<double>(i))) / 100;
  }
  return x;
}

Values steps(std::size_t n) {
  Values t(n);
  for (std::size_t i = 0; i < n; ++i) t[i] = static_cast<double>(i);
  return t;
}

TEST(Trend, IsThatOfPymannkendallAndScipy) {
  const Trend trend = trend_of(steps(180), script_series(180));
  EXPECT_EQ(trend.s, 1201);
  EXPECT_NEAR(trend.variance, 653188.3333333334, 1e-8);
  EXPECT_NEAR(trend.z, 1.4847797521591846, 1e-12);
  EXPECT_NEAR(trend.p, 0.13760217724489188, 1e-12);
  EXPECT_NEAR(trend.tau, 0.07454996896337679, 1e-14);
  EXPECT_NEAR(trend.tau_b, 0.07484088542408715, 1e-14);
  EXPECT_NEAR(trend.slope, 0.00075, 1e-14);
  EXPECT_NEAR(trend.lower, -0.0002459016393442623, 1e-14);
  EXPECT_NEAR(trend.upper, 0.0017142857142857142, 1e-14);
  EXPECT_NEAR(trend.intercept, 0.172875, 1e-12);
}

TEST(Trend, AutocorrelationWidensTheVarianceAsHamedAndRaoSay) {
  const Trend trend = trend_of(steps(180), script_series(180), {.variance = TrendVariance::hamed_rao});
  EXPECT_NEAR(trend.variance / 855174.6926796809, 1, 1e-9);
  EXPECT_NEAR(trend.z, 1.2976388097344331, 1e-9);
  EXPECT_NEAR(trend.p, 0.19441147943482462, 1e-9);
}

TEST(Trend, OtherRemediesForAutocorrelationAreThoseOfPymannkendall) {
  const Trend yue_wang = trend_of(steps(180), script_series(180), {.variance = TrendVariance::yue_wang});
  EXPECT_NEAR(yue_wang.variance / 137669.29531938236, 1, 1e-9);
  EXPECT_NEAR(yue_wang.p, 0.0012199726977482062, 1e-11);
  const Trend lag_one = trend_of(steps(180), script_series(180), {.whitening = Whitening::lag_one});
  EXPECT_EQ(lag_one.s, 760);
  EXPECT_NEAR(lag_one.variance, 642549.3333333334, 1e-6);
  EXPECT_NEAR(lag_one.p, 0.34370704842961697, 1e-11);
  EXPECT_NEAR(lag_one.tau, 0.047705730964785635, 1e-14);
  const Trend trend_free = trend_of(steps(180), script_series(180), {.whitening = Whitening::trend_free});
  EXPECT_EQ(trend_free.s, 1423);
  EXPECT_NEAR(trend_free.p, 0.0760682825534158, 1e-11);
  EXPECT_NEAR(trend_free.slope, 0.00075, 1e-14);
}

// Slopes by sorting all of them, for series with gaps, ties, one value only, and times without equal steps.
TEST(Trend, ManySeriesHaveTheSlopesThatSortingFinds) {
  const std::size_t n = 97, count = 40;
  for (const bool equal : {true, false}) {
    Values t, values;
    for (std::size_t i = 0; i < n; ++i)
      t.push_back(2000 + static_cast<double>(i) / 12 + (equal ? 0 : 0.01 * std::sin(static_cast<double>(i))));
    std::uint64_t state = 7;
    for (std::size_t i = 0; i < n * count; ++i) {
      state = (1103515245 * state + 12345) % (1ULL << 31U);
      const double u = static_cast<double>(state) / static_cast<double>(1ULL << 31U);
      const std::size_t series = i / n;
      double v = 100 * u + static_cast<double>(i % n) * 0.1;
      if (series % 4 == 1) v = std::floor(v / 25);        // ties
      if (series % 4 == 2 && u < 0.3) v = kGap;           // gaps
      if (series % 8 == 3) v = series == 3 ? kGap : 5.0;  // none; all equal
      values.push_back(v);
    }
    for (const core::Isa isa : {core::Isa::portable, core::Isa::avx2, core::Isa::avx512}) {
      if (!core::isa_available(isa)) continue;
      const auto trends = trends_of(t, values, count, {}, isa);
      for (std::size_t k = 0; k < count; ++k) {
        Values slopes;
        long s = 0;
        for (std::size_t i = k * n; i < (k + 1) * n; ++i) {
          for (std::size_t j = i + 1; j < (k + 1) * n; ++j) {
            const double rise = values[j] - values[i];
            if (std::isnan(rise)) continue;
            slopes.push_back(rise / (t[j % n] - t[i % n]));
            s += rise > 0 ? 1 : rise < 0 ? -1 : 0;
          }
        }
        if (slopes.empty()) {
          EXPECT_TRUE(std::isnan(trends[k].slope));
          continue;
        }
        std::sort(slopes.begin(), slopes.end());
        const std::size_t half = slopes.size() / 2;
        const double median = slopes.size() % 2 == 1 ? slopes[half] : 0.5 * (slopes[half - 1] + slopes[half]);
        EXPECT_EQ(trends[k].s, s);
        EXPECT_NEAR(trends[k].slope, median, 1e-10 * (1 + std::abs(median))) << k;
        const auto width = 1.959963984540054 * std::sqrt(trends[k].variance);
        const auto pairs = static_cast<double>(slopes.size());
        const auto low = static_cast<std::size_t>(std::round(0.5 * (pairs - width)) - 1);
        const auto high = static_cast<std::size_t>(std::round(0.5 * (pairs + width)));
        EXPECT_NEAR(trends[k].lower, slopes[low], 1e-10 * (1 + std::abs(slopes[low])));
        EXPECT_NEAR(trends[k].upper, slopes[high], 1e-10 * (1 + std::abs(slopes[high])));
      }
    }
  }
}

TEST(Trend, SeasonsAreComparedWithThemselves) {
  std::vector<int> month(180);
  for (std::size_t i = 0; i < month.size(); ++i) month[i] = static_cast<int>(i % 12);
  const Trend trend = seasonal_trend_of(steps(180), script_series(180), month, 12);
  EXPECT_EQ(trend.s, 75);
  EXPECT_NEAR(trend.variance, 4893, 1e-9);
  EXPECT_NEAR(trend.z, 1.05789876918592, 1e-12);
  EXPECT_NEAR(trend.p, 0.29010159639235034, 1e-12);
  EXPECT_NEAR(trend.tau, 0.05952380952380952, 1e-14);
  EXPECT_NEAR(12 * trend.slope, 0.009128787878787879, 1e-14);  // the peer's slope is per cycle
}

TEST(Trend, MissingValuesAreLeftOutAndTheirTimesAreKept) {
  const Values t{0, 1, 2, 5, 6, 9};
  const Trend trend = trend_of(t, Values{1, 3, kGap, 11, 13, 19});
  EXPECT_EQ(trend.n, 5);
  EXPECT_NEAR(trend.slope, 2, 1e-14);
  EXPECT_NEAR(trend.tau, 1, 1e-14);
  EXPECT_TRUE(std::isnan(trend_of(t, Values{1, kGap, kGap, kGap, kGap, 2}).z));
}

TEST(Trend, ConstantSeriesHaveNone) {
  const Trend trend = trend_of(steps(20), Values(20, 4));
  EXPECT_EQ(trend.s, 0);
  EXPECT_EQ(trend.z, 0);
  EXPECT_EQ(trend.p, 1);
  EXPECT_EQ(trend.slope, 0);
  EXPECT_TRUE(std::isnan(trend.tau_b));
}

// Storage of the Ganges basin from GRACE (JPL mascons, 222 months), with numbers made by other code.
TEST(Trend, OfTheGangesIsAsReferenced) {
  const char* folder = std::getenv("PHREATIC_SHARED_DATA");
  const std::string path = std::string(folder != nullptr ? folder : "../shared/data") +
                           "/grace/world_basins/TWS_GRACE_JPL_mascons_monthly.csv";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line) && !line.starts_with("GANGES,")) {
  }
  ASSERT_TRUE(file.good());
  std::stringstream cells(line);
  std::string cell;
  std::getline(cells, cell, ',');
  Values storage;
  while (std::getline(cells, cell, ',')) storage.push_back(std::stod(cell));
  ASSERT_EQ(storage.size(), 222);
  const Trend trend = trend_of(steps(222), storage);
  EXPECT_EQ(trend.s, -11229);
  EXPECT_NEAR(trend.variance, 1223824.333, 1e-3);
  EXPECT_NEAR(trend.z, -10.149458, 1e-6);
  EXPECT_NEAR(trend.tau, -0.4577473, 1e-7);
  EXPECT_NEAR(trend.slope, -1.7381131, 1e-7);
  EXPECT_NEAR(12 * trend.lower, -24.5408, 1e-4);
  EXPECT_NEAR(12 * trend.upper, -17.1374, 1e-4);
}

}  // namespace
}  // namespace phreatic::stats
