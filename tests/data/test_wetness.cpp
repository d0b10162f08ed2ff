// SPDX-License-Identifier: BSD-3-Clause
// Topographic wetness: planes whose drained areas are known, pits, and what every map keeps.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "grids.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/data/grid/wetness.hpp"

namespace phreatic::data {
namespace {

// 8 rows, 20 columns of 30 m that fall by 3 m a cell from west to east.
const GeoGrid kGrid = grid_from_bounds(0, 0, 600, 240, 30, "EPSG:28992", false);
std::vector<double> plane() {
  std::vector<double> z(kGrid.cells());
  for (std::size_t i = 0; i < z.size(); ++i) z[i] = 100 - 3 * static_cast<double>(i % 20);
  return z;
}

TEST(Wetness, OfAPlaneIsTheLengthOfItsSlopeOverItsGradient) {
  const std::vector<double> area = drained_area_m2(plane(), kGrid);
  const std::vector<double> index = wetness_index(plane(), kGrid);
  for (std::size_t i = 0; i < area.size(); ++i) {
    const auto column = i % 20, row = i / 20;
    EXPECT_DOUBLE_EQ(area[i], static_cast<double>(column + 1) * 900) << i;
    if (column == 0 || column == 19 || row == 0 || row == 7)
      EXPECT_TRUE(std::isnan(index[i])) << i;
    else
      EXPECT_NEAR(index[i], std::log(static_cast<double>(column + 1) * 30 / 0.1), 1e-9) << i;
  }
}

TEST(Wetness, WaterOfAPitLeavesByItsOutletAndNoneIsLost) {
  std::vector<double> z = plane();
  z[4 * 20 + 9] = 20;  // below all others
  z[2 * 20 + 5] = kNaN;
  const std::vector<double> area = drained_area_m2(z, kGrid);
  double out = 0;  // of the last column, below all others
  for (std::size_t row = 0; row < 8; ++row) out += area[row * 20 + 19];
  EXPECT_DOUBLE_EQ(out, 159 * 900) << "all cells that have an elevation";
  EXPECT_GE(area[4 * 20 + 9], 10 * 900) << "the pit gathers its row's water and more";
  EXPECT_TRUE(std::isnan(area[2 * 20 + 5]));
}

TEST(Wetness, EveryCellOfAnyMapHasItsOwnAreaAtLeastAndThePeakOnlyThat) {
  core::RandomStream random(3, "wetness");
  std::vector<double> z(kGrid.cells());
  for (double& v : z) v = 50 * random.uniform();
  const std::vector<double> area = drained_area_m2(z, kGrid);
  const auto peak = static_cast<std::size_t>(std::max_element(z.begin(), z.end()) - z.begin());
  EXPECT_DOUBLE_EQ(area[peak], 900);
  for (const double a : area) {
    EXPECT_GE(a, 900);
    EXPECT_LE(a, 900 * static_cast<double>(z.size()));
    EXPECT_DOUBLE_EQ(std::fmod(a, 900), 0) << "whole cells";
  }
}

TEST(Wetness, OfAMapThatIsTooLargeIsRefusedWithTheWayOut) {
  const GeoGrid large = grid_from_bounds(0, 0, 300000, 300000, 30, "EPSG:28992", false);
  try {
    require_wetness_size("dem.tif", large);
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("grid regrid"), std::string::npos);
  }
}

}  // namespace
}  // namespace phreatic::data
