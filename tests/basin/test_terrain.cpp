// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/groundwater/terrain.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "groundwater_land.hpp"

namespace phreatic::basin {
namespace {

// Moments over many seeds at fixed cells, edges among them: mean 0, variance 1, correlation exp(-d^2 / (2
// range^2)).
TEST(Terrain, FieldHasItsStatisticsEverywhere) {
  const Shape shape{9, 12};
  constexpr int kSeeds = 4000;
  double corner = 0, corner2 = 0, middle2 = 0, pair = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::vector<double> f = correlated_field(shape, 3, seed, "test");
    corner += f[0] / kSeeds;
    corner2 += f[0] * f[0] / kSeeds;
    middle2 += f[shape.cell(4, 6)] * f[shape.cell(4, 6)] / kSeeds;
    pair += f[shape.cell(4, 4)] * f[shape.cell(6, 7)] / kSeeds;
  }
  EXPECT_NEAR(corner, 0, 4 / std::sqrt(kSeeds));
  EXPECT_NEAR(corner2, 1, 4 * std::sqrt(2.0 / kSeeds));
  EXPECT_NEAR(middle2, 1, 4 * std::sqrt(2.0 / kSeeds));
  EXPECT_NEAR(pair, std::exp(-(4 + 9) / 18.0), 4 / std::sqrt(kSeeds));
}

TEST(Terrain, APitIsFilledAndEverythingDrains) {
  const Shape shape{3, 4};
  // A pit at row 2, column 2 behind a rim; the outlet at the lower right.
  std::vector<double> surface = {9, 9, 9, 9,  //
                                 9, 2, 7, 6,  //
                                 9, 9, 9, 5};
  const std::vector<double> before = surface;
  const Drainage d = drain_to(shape, 11, std::vector<double>(12, 0.1), surface);
  EXPECT_DOUBLE_EQ(surface[5], 7.1);
  for (std::size_t n = 0; n < 12; ++n) {
    EXPECT_GE(surface[n], before[n]);
    if (n == 11) continue;
    ASSERT_NE(d.downstream[n], kNowhere);
    EXPECT_GT(surface[n], surface[static_cast<std::size_t>(d.downstream[n])]);
  }
  EXPECT_EQ(d.downstream[11], kNowhere);
  EXPECT_EQ(d.cells_above[11], 12);
  EXPECT_EQ(d.downstream[5], 6);
}

TEST(Landscape, RiversFallToOneOutletAndTakeAllLand) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    BasinParams p = testing::small_grid();
    p.seed = seed;
    const Landscape land = make_landscape(p);
    int outlets = 0;
    for (std::size_t r = 0; r < land.reaches.size(); ++r) {
      const Reach& reach = land.reaches[r];
      EXPECT_LT(reach.bed_m, reach.bank_m);
      EXPECT_GT(reach.bed_m, land.bottom_m[reach.cell] + 0.9 * p.grid.thickness_m);
      if (reach.downstream == kNowhere) {
        ++outlets;
        EXPECT_NEAR(reach.area_km2, 16 * 18 * 0.25, 1e-9);
        continue;
      }
      ASSERT_GT(reach.downstream, static_cast<int>(r));
      const Reach& below = land.reaches[static_cast<std::size_t>(reach.downstream)];
      EXPECT_LT(below.bed_m, reach.bed_m);
      EXPECT_GT(below.area_km2, reach.area_km2);
    }
    EXPECT_EQ(outlets, 1);
    for (const int r : land.reach_of_cell) ASSERT_NE(r, kNowhere);
    EXPECT_EQ(land.gauges.front().reach, land.reaches.size() - 1);
  }
}

// Also where the share of irrigated land is used up in the middle of a district, or before its centre's turn.
TEST(Landscape, EveryIrrigatedCellHasItsDistrict) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    BasinParams p = testing::small_grid();
    p.seed = seed;
    p.grid.irrigated_area = 0.02 + 0.005 * static_cast<double>(seed);
    const Landscape land = make_landscape(p);
    std::vector<int> cells(land.districts.size(), 0);
    int irrigated = 0;
    for (const int district : land.district) {
      if (district == kNowhere) continue;
      ASSERT_LT(district, static_cast<int>(land.districts.size())) << "seed " << seed;
      ++cells[static_cast<std::size_t>(district)];
      ++irrigated;
    }
    for (const int count : cells) EXPECT_GT(count, 0) << "seed " << seed;
    EXPECT_EQ(irrigated, static_cast<int>(p.grid.irrigated_area * 16 * 18)) << "seed " << seed;
  }
}

TEST(Landscape, WellsStandApartOffTheRiversOnTheirTypesLand) {
  BasinParams p = testing::small_grid();
  p.grid.rows = p.grid.columns = 30;
  p.wells = 30;
  const Landscape land = make_landscape(p);
  const std::vector<WellType> types = draw_types(p);
  const std::vector<std::size_t> cells = place_wells(land, types, p.seed);
  EXPECT_EQ(std::set<std::size_t>(cells.begin(), cells.end()).size(), cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    EXPECT_GT(land.river_km[cells[i]], 0);
    EXPECT_EQ(land.type(cells[i]), types[i]);
  }
}

}  // namespace
}  // namespace phreatic::basin
