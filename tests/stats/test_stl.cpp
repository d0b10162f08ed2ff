// SPDX-License-Identifier: BSD-3-Clause
// Peer: statsmodels, tests/reference/stats/stl.py.
#include "phreatic/stats/series/stl.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numbers>
#include <sstream>
#include <string>
#include <vector>

namespace phreatic::stats {
namespace {

using Values = std::vector<double>;

// The script's series, with one outlier.
Values script_series() {
  std::uint64_t state = 20240229;
  Values y(150);
  for (std::size_t i = 0; i < y.size(); ++i) {
    state = (1103515245 * state + 12345) % (1ULL << 31U);
    const double noise = (static_cast<double>(state) + 0.5) / static_cast<double>(1ULL << 31U) - 0.5;
    const auto t = static_cast<double>(i);
    y[i] = 10 * std::cos(2 * std::numbers::pi * t / 12) + 0.05 * t + 4 * noise + (i == 70 ? 40 : 0);
  }
  return y;
}

void expect_parts(const StlResult& r, const Values& trend, const Values& seasonal) {
  ASSERT_TRUE(r.ok);
  const std::size_t at[] = {0, 70, 149};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(r.trend[at[i]], trend[i], 1e-10);
    EXPECT_NEAR(r.seasonal[at[i]], seasonal[i], 1e-10);
  }
}

TEST(Stl, IsThatOfStatsmodels) {
  const Values y = script_series();
  StlParams constant = stl_params(12, 25, false);
  constant.seasonal_degree = 0;
  expect_parts(stl(y, stl_params(12, 7, false)), {0.32978068464314153, 6.707611957727448, 7.576316402235857},
               {9.674134834643105, 15.517178581978538, -9.814588148795583});
  expect_parts(stl(y, stl_params(12, 13, true)), {0.7614815707856395, 3.300208610476129, 7.751088113386244},
               {9.328957661523921, 5.031522414396486, -10.026716519778649});
  expect_parts(stl(y, constant), {1.0801202568321484, 6.96730475442265, 7.765705327574986},
               {9.566979403420625, 8.675590071612035, -9.366102568869794});
  EXPECT_EQ(stl(y, stl_params(12, 13, true)).weights[70], 0);
}

// Eleven series of the script with gaps, steps and outliers of their own, one of them without any value.
Values many_series(std::size_t n, bool gaps) {
  Values all;
  std::uint64_t state = 99;
  for (std::size_t k = 0; k < 11; ++k) {
    for (std::size_t t = 0; t < n; ++t) {
      state = (1103515245 * state + 12345) % (1ULL << 31U);
      const double u = static_cast<double>(state) / static_cast<double>(1ULL << 31U) - 0.5;
      const auto x = static_cast<double>(t);
      double v = 30 * std::sin(0.02 * x * static_cast<double>(k + 1)) +
                 20 * std::cos(2 * std::numbers::pi * x / 12) + 20 * u + (u > 0.47 ? 200 : 0);
      if (gaps &&
          ((k == 4 && t > 60 && t < 72) || (k != 7 && u < -0.45) || k == 9 || (k == 10 && t % 24 > 3)))
        v = std::numeric_limits<double>::quiet_NaN();
      all.push_back(v);
    }
  }
  return all;
}

// One at a time the numbers are those of statsmodels (above); side by side they are the same.
TEST(Stl, ManySeriesSideBySideAreAsEachAlone) {
  for (const std::size_t n : {261UL, 49UL, 24UL}) {
    for (const bool gaps : {false, true}) {
      const Values all = many_series(n, gaps);
      for (const core::Isa isa : {core::Isa::portable, core::Isa::avx2, core::Isa::avx512}) {
        if (!core::isa_available(isa)) continue;
        for (int kind = 0; kind < 5; ++kind) {
          StlParams params =
              kind < 4 ? stl_params(12, kind < 2 ? 7 : 13, kind % 2 == 1) : original_stl_params(12, 7, true);
          params.periodic = kind == 3;
          // Two values a phase are fitted exactly: robust weights would be those of rounding.
          if (n == 24 && params.outer > 0) continue;
          const StlMany many = stl_many(all, 11, params, isa);
          for (std::size_t k = 0; k < 11; ++k) {
            const StlResult one = stl(Series(all).subspan(k * n, n), params);
            ASSERT_EQ(many.ok[k] != 0, one.ok);
            for (std::size_t t = 0; t < n && one.ok; ++t) {
              ASSERT_NEAR(many.trend[k * n + t], one.trend[t], 1e-9)
                  << n << ' ' << kind << ' ' << k << ' ' << t;
              ASSERT_NEAR(many.seasonal[k * n + t], one.seasonal[t], 1e-9);
              ASSERT_NEAR(many.weights[k * n + t], one.weights[t], 1e-9);
            }
            if (!one.ok) {
              EXPECT_TRUE(std::isnan(many.trend[k * n]));
            }
          }
        }
      }
    }
  }
}

TEST(Stl, PartsAddUpToTheSeries) {
  const Values y = script_series();
  const StlResult r = stl(y, stl_params(12, 13, true));
  for (std::size_t t = 0; t < y.size(); ++t) {
    EXPECT_NEAR(r.trend[t] + r.seasonal[t] + r.remainder[t], y[t], 1e-12);
  }
}

// A straight line and a fixed season are what LOESS of degree 1 keeps: found through any gaps, exactly.
TEST(Stl, LineAndSeasonAreFoundThroughGaps) {
  Values y(240);
  for (std::size_t t = 0; t < y.size(); ++t) {
    y[t] =
        3 + 0.1 * static_cast<double>(t) + 5 * std::sin(2 * std::numbers::pi * static_cast<double>(t) / 12);
  }
  Values gappy = y;
  for (std::size_t t = 100; t < 111; ++t) gappy[t] = std::numeric_limits<double>::quiet_NaN();
  gappy[5] = gappy[17] = gappy[239] = std::numeric_limits<double>::quiet_NaN();
  StlParams params = stl_params(12, 7, false);
  params.inner = 60;
  for (const bool periodic : {false, true}) {
    params.periodic = periodic;
    const StlResult r = stl(gappy, params);
    ASSERT_TRUE(r.ok);
    for (std::size_t t = 0; t < y.size(); ++t) {
      EXPECT_NEAR(r.trend[t], 3 + 0.1 * static_cast<double>(t), 0.02) << t;
      EXPECT_NEAR(r.trend[t] + r.seasonal[t], y[t], 0.02) << t;
      EXPECT_EQ(std::isnan(r.remainder[t]), std::isnan(gappy[t]));
    }
    if (periodic) {
      EXPECT_EQ(r.seasonal[3], r.seasonal[15]);
    }
  }
}

TEST(Stl, NeedsTwoPeriodsAndAValueInEveryPhase) {
  EXPECT_FALSE(stl(Values(23, 1), stl_params(12, 7, false)).ok);
  Values y(48, 1);
  for (std::size_t t = 4; t < y.size(); t += 12) y[t] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(stl(y, stl_params(12, 7, false)).ok);
}

// Storage of the Ganges basin from GRACE (JPL mascons, 222 months), decomposed by statsmodels.
TEST(Stl, OfTheGangesIsAsReferenced) {
  const char* folder = std::getenv("PHREATIC_SHARED_DATA");
  const std::string path = std::string(folder != nullptr ? folder : "../shared/data") +
                           "/grace/world_basins/TWS_GRACE_JPL_mascons_monthly.csv";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line) && !line.starts_with("GANGES,")) {
  }
  std::stringstream cells(line);
  std::string cell;
  std::getline(cells, cell, ',');
  Values y;
  while (std::getline(cells, cell, ',')) y.push_back(std::stod(cell));
  ASSERT_EQ(y.size(), 222);
  struct Expected {
    int span;
    bool robust;
    Values trend;
    Values seasonal;
  };
  for (const Expected& e :
       {Expected{7, false, {79.1417, -44.8271, -127.2630}, {-94.8090, -10.8542, 147.4549}},
        Expected{13, false, {89.3301, -42.8372, -138.7151}, {-103.4941, 9.0131, 128.3345}},
        Expected{13, true, {90.9596, -46.1590, -126.6136}, {-103.5735, -12.9673, 141.6978}}}) {
    const StlResult r = stl(y, stl_params(12, e.span, e.robust));
    const std::size_t at[] = {0, 111, 221};
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(r.trend[at[i]], e.trend[i], 5e-5);
      EXPECT_NEAR(r.seasonal[at[i]], e.seasonal[i], 5e-5);
    }
  }
}

}  // namespace
}  // namespace phreatic::stats
