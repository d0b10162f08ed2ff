// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "phreatic/core/random.hpp"
#include "phreatic/data/grid/regrid/gaussian_means.hpp"

namespace phreatic::data {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// The definition, cell by cell over all cells that exist.
double direct(const KernelGrid& g, const std::vector<double>& v, double sigma, std::size_t row,
              std::size_t column) {
  double sum = 0;
  double weights = 0;
  for (std::size_t r = 0; r < g.rows; ++r) {
    for (std::size_t c = 0; c < g.columns; ++c) {
      if (std::isnan(v[r * g.columns + c])) continue;
      const double dy = (static_cast<double>(r) - static_cast<double>(row)) * g.cell_height;
      const double dx = (static_cast<double>(c) - static_cast<double>(column)) * g.cell_width;
      const double w = std::exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
      sum += w * v[r * g.columns + c];
      weights += w;
    }
  }
  return sum / weights;
}

TEST(GaussianMeans, EqualDirectConvolutionAtEdgesAndHolesForAnySigma) {
  const KernelGrid grid{40, 53, 100, 80};
  core::RandomStream random(1, "map");
  std::vector<double> map;
  for (std::size_t n = 0; n < grid.rows * grid.columns; ++n)
    map.push_back(n % 7 == 3 || (n / 53 < 12 && n % 53 > 30) ? kNone : random.normal() + 2);
  for (const double sigma : {30.0, 100.0, 250.0, 700.0, 1500.0}) {
    const auto means = gaussian_means(grid, map, sigma);
    for (std::size_t n = 0; n < map.size(); n += 11) {
      if (std::isnan(map[n])) continue;
      EXPECT_NEAR(means[n], direct(grid, map, sigma, n / 53, n % 53), 1e-4) << sigma << " " << n;
    }
  }
}

TEST(GaussianMeans, KeepAConstantMapToItsEdge) {
  std::vector<double> map(20 * 30, 3.5);
  for (std::size_t n = 0; n < 200; ++n) map[n] = kNone;
  const auto means = gaussian_means({20, 30, 25, 25}, map, 130);
  for (std::size_t n = 200; n < map.size(); ++n) EXPECT_NEAR(means[n], 3.5, 1e-12);
}

TEST(GaussianMeans, AreUndefinedOutOfReachOfAnyCell) {
  std::vector<double> map(100, kNone);
  map[0] = 1;
  const auto means = gaussian_means({1, 100, 1, 1}, map, 2);
  EXPECT_EQ(means[5], 1);
  EXPECT_TRUE(std::isnan(means[50]));
}

}  // namespace
}  // namespace phreatic::data
