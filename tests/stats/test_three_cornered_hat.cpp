// SPDX-License-Identifier: BSD-3-Clause
// River basins: numbers of scipy's SLSQP on the same problem, the same for every order of the products; else exact
// invariants.
#include "phreatic/stats/fusion/three_cornered_hat.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <numeric>

#include "phreatic/core/random.hpp"
#include "phreatic/data/series/monthly.hpp"

namespace phreatic::stats {
namespace {

using Values = std::vector<double>;

std::vector<Series> views(const std::vector<Values>& values) { return {values.begin(), values.end()}; }

std::vector<Values> products_with_errors(std::size_t months, const Values& sd) {
  core::RandomStream random(7, "hat");
  std::vector<Values> products(sd.size(), Values(months));
  for (std::size_t t = 0; t < months; ++t) {
    const double truth = 100 * random.normal();
    for (std::size_t i = 0; i < sd.size(); ++i) products[i][t] = truth + sd[i] * random.normal();
  }
  return products;
}

std::filesystem::path basins() {
  const char* folder = std::getenv("PHREATIC_SHARED_DATA");
  return std::filesystem::path(folder != nullptr ? folder : "../shared/data") / "grace/world_basins";
}

// Months 2002-04 to 2017-01 of CSR mascons, JPL mascons, CSR grid and ITSG grid; `names` as ITSG spells them last.
std::vector<Values> basin_products(const std::string& name, std::size_t count) {
  const char* files[] = {"CSR_mascons", "JPL_mascons", "CSR_grid", "ITSG_grid"};
  std::vector<Values> out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto table =
        data::read_monthly_table(basins() / ("TWS_GRACE_" + std::string(files[i]) + "_monthly.csv"));
    const auto at = std::find(table.places.begin(), table.places.end(), name) - table.places.begin();
    const auto first = table.values.begin() + at * static_cast<std::ptrdiff_t>(table.axis.size());
    out.emplace_back(first, first + 178);
  }
  return out;
}

void expect_near(const Values& is, const Values& expected, double tolerance) {
  ASSERT_EQ(is.size(), expected.size());
  for (std::size_t i = 0; i < is.size(); ++i) EXPECT_NEAR(is[i], expected[i], tolerance) << i;
}

TEST(ThreeCorneredHat, FindsTheErrorsThatWereAdded) {
  const auto products = products_with_errors(200000, {5, 10, 20, 15});
  expect_near(three_cornered_hat(views(products)).sd, {5, 10, 20, 15}, 0.15);
}

struct Basin {
  const char* name;
  Values classical, three, four, relative, weights;
  double objective;
};
const Basin kBasins[] = {{"GANGES",
                          {-146.33, 369.87, 830.55},
                          {3.402, 17.353, 27.895},
                          {6.904, 17.676, 26.384, 17.964},
                          {6.43, 15.45, 29.41, 17.68},
                          {.7306, .1115, .0500, .1079},
                          0.183764},
                         {"DANUBE",
                          {6.012, 171.993, 118.609},
                          {2.452, 13.115, 10.891},
                          {5.988, 12.880, 9.740, 12.013},
                          {11.17, 23.51, 20.20, 22.57},
                          {.5427, .1173, .2051, .1348},
                          0.030476},
                         {"INDUS",
                          {123.236, 24.745, 216.187},
                          {11.101, 4.974, 14.703},
                          {15.592, 9.803, 6.874, 22.331},
                          {46.59, 32.51, 21.13, 56.11},
                          {.1091, .2761, .5615, .0532},
                          0.603500}};

TEST(ThreeCorneredHat, OfRiverBasinsIsAsReferenced) {
  if (!std::filesystem::exists(basins()))
    GTEST_SKIP() << basins()
                 << " is not there: the real data are outside of the project (PHREATIC_SHARED_DATA)";
  for (const Basin& basin : kBasins) {
    SCOPED_TRACE(basin.name);
    const auto products = basin_products(basin.name, 4);
    const std::vector<Values> first(products.begin(), products.begin() + 3);
    const Hat classical = three_cornered_hat(views(first), {.method = HatMethod::classical});
    ASSERT_EQ(classical.months, 178U);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(classical.covariance[4 * i], basin.classical[i], 5.1e-3);
    expect_near(three_cornered_hat(views(first)).sd, basin.three, 5.1e-4);
    const Hat four = three_cornered_hat(views(products));
    expect_near(four.sd, basin.four, 5.1e-4);
    expect_near(four.relative, basin.relative, 5.1e-3);
    EXPECT_NEAR(four.objective, basin.objective, 5.1e-7);
    expect_near(combine(four, {0, 1, 2, 3}, CombinationWeights::inverse_variance).weights, basin.weights,
                5.1e-5);
  }
}

TEST(ThreeCorneredHat, TheGangesLiesOnTheBoundary) {
  if (!std::filesystem::exists(basins()))
    GTEST_SKIP() << basins()
                 << " is not there: the real data are outside of the project (PHREATIC_SHARED_DATA)";
  const Hat hat = three_cornered_hat(views(basin_products("GANGES", 3)));
  EXPECT_TRUE(hat.on_boundary);
  EXPECT_NEAR(hat.objective, 0.064157, 5.1e-7);
  EXPECT_FALSE(three_cornered_hat(views(basin_products("DANUBE", 3))).on_boundary);
  const Hat classical =
      three_cornered_hat(views(basin_products("GANGES", 3)), {.method = HatMethod::classical});
  EXPECT_TRUE(std::isnan(classical.sd[0])) << "a negative variance has no root";
  EXPECT_TRUE(combine(classical, {0, 1, 2}, CombinationWeights::inverse_variance).equal);
}

TEST(ThreeCorneredHat, AnyOrderOfTheProductsGivesTheSame) {
  const auto products = products_with_errors(60, {3, 9, 6, 4, 12});
  const Values expected = three_cornered_hat(views(products)).sd;
  std::vector<std::size_t> order{0, 1, 2, 3, 4};
  do {
    std::vector<Series> mixed;
    for (const std::size_t i : order) mixed.emplace_back(products[i]);
    const Hat hat = three_cornered_hat(mixed);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(hat.sd[i], expected[order[i]], 1e-6 * expected[order[i]]);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(ThreeCorneredHat, CommonSignalsChangeNothingAndScalesCarryOver) {
  auto products = products_with_errors(80, {3, 9, 6, 4});
  const Values before = three_cornered_hat(views(products)).sd;
  for (Values& p : products) {
    for (std::size_t t = 0; t < p.size(); ++t)
      p[t] = 2.5 * (p[t] + 40 * std::sin(0.3 * static_cast<double>(t)));
  }
  const Values after = three_cornered_hat(views(products)).sd;
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(after[i], 2.5 * before[i], 1e-7 * after[i]);
}

TEST(ThreeCorneredHat, ConstrainedCovarianceIsPositiveSemidefinite) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    core::RandomStream random(seed, "semidefinite");
    std::vector<Values> products(4, Values(40));
    for (std::size_t t = 0; t < 40; ++t) {
      const double shared = random.normal();
      for (std::size_t i = 0; i < 4; ++i) products[i][t] = random.normal() + (i < 2 ? 2 * shared : 0);
    }
    const Hat hat = three_cornered_hat(views(products));
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const auto r = [&](std::size_t a, std::size_t b) { return hat.covariance[4 * a + b]; };
        EXPECT_LE(r(i, j) * r(i, j), r(i, i) * r(j, j) * (1 + 1e-9));
      }
    }
  }
}

TEST(ThreeCorneredHat, MonthsThatAnyProductLacksAreLeftOut) {
  auto products = products_with_errors(100, {3, 9, 6});
  std::vector<Values> shorter = products;
  for (Values& p : shorter) p.erase(p.begin() + 10, p.begin() + 20);
  for (std::size_t t = 10; t < 20; ++t) products[t % 3][t] = std::numeric_limits<double>::quiet_NaN();
  const Hat gappy = three_cornered_hat(views(products));
  EXPECT_EQ(gappy.months, 90U);
  EXPECT_EQ(gappy.sd, three_cornered_hat(views(shorter)).sd);
}

TEST(ThreeCorneredHat, ProductsThatRepeatEachOtherAndShortOnesHaveNoResult) {
  auto products = products_with_errors(100, {3, 9, 6, 5});
  products[2] = products[0];
  for (double& v : products[2]) v += 7;
  EXPECT_EQ(three_cornered_hat(views(products)).status, HatStatus::singular);
  const auto few = products_with_errors(23, {3, 9, 6});
  const Hat hat = three_cornered_hat(views(few));
  EXPECT_EQ(hat.status, HatStatus::too_few_months);
  EXPECT_TRUE(std::isnan(hat.sd[0]));
  EXPECT_TRUE(combine(hat, {0, 1, 2}, CombinationWeights::full_covariance).equal);
}

TEST(ThreeCorneredHat, FullCovarianceWeightsHaveTheLeastError) {
  const auto products = products_with_errors(500, {3, 9, 6, 5});
  const Hat hat = three_cornered_hat(views(products));
  const Combination best = combine(hat, {0, 1, 2, 3}, CombinationWeights::full_covariance);
  EXPECT_LE(best.sd, combine(hat, {0, 1, 2, 3}, CombinationWeights::inverse_variance).sd);
  EXPECT_NEAR(std::accumulate(best.weights.begin(), best.weights.end(), 0.0), 1, 1e-12);
}

TEST(ThreeCorneredHat, EveryGroupIsRanked) {
  const auto products = products_with_errors(500, {3, 9, 6});
  const Hat hat = three_cornered_hat(views(products));
  const auto groups = rank_groups(hat, views(products), CombinationWeights::inverse_variance,
                                  HatDenominator::standard_deviation);
  ASSERT_EQ(groups.size(), 7U);
  for (std::size_t i = 1; i < groups.size(); ++i)
    EXPECT_LE(groups[i - 1].combination.sd, groups[i].combination.sd);
  EXPECT_EQ(groups.back().members, std::vector<std::size_t>{1});
  // 1/sqrt(sum s^-2) where errors are not correlated, which is what N = 3 supposes.
  const Combination all = combine(hat, {0, 1, 2}, CombinationWeights::inverse_variance);
  double sum = 0;
  for (const double s : hat.sd) sum += 1 / (s * s);
  EXPECT_NEAR(all.sd, 1 / std::sqrt(sum), 1e-9);
}

}  // namespace
}  // namespace phreatic::stats
