// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/processes/snow.hpp"

#include <gtest/gtest.h>

namespace phreatic::basin {
namespace {

TEST(Snow, ShareFallsLinearlyBetweenTheThresholds) {
  const SnowParams p{.all_snow_below_degC = -1, .all_rain_above_degC = 3};
  EXPECT_EQ(snowfall_share(p, -5), 1.0);
  EXPECT_EQ(snowfall_share(p, 8), 0.0);
  EXPECT_DOUBLE_EQ(snowfall_share(p, 0), 0.75);
}

// Five days by hand with M = 3 mm/degC/d, r = 0.05, h = 0.1.
TEST(Snow, DegreeDaysByHand) {
  const SnowParams p{.melt_from_degC = 0, .degree_day_mm = 3, .refreezing = 0.05, .holding = 0.1};
  SnowState s;
  SnowFluxes f = snow_step(p, -10, 20, 0, s);  // 20 mm of snow
  EXPECT_DOUBLE_EQ(s.ice_mm, 20);
  EXPECT_EQ(f.outflow_mm, 0);

  f = snow_step(p, 1, 0, 0, s);  // melts 3; 17 ice hold 1.7; 1.3 leave
  EXPECT_DOUBLE_EQ(f.melt_mm, 3);
  EXPECT_DOUBLE_EQ(s.ice_mm, 17);
  EXPECT_NEAR(f.outflow_mm, 1.3, 1e-12);
  EXPECT_NEAR(s.liquid_mm, 1.7, 1e-12);

  f = snow_step(p, -4, 0, 0, s);  // 0.05 * 3 * 4 = 0.6 freeze again
  EXPECT_NEAR(f.refrozen_mm, 0.6, 1e-12);
  EXPECT_NEAR(s.ice_mm, 17.6, 1e-12);
  EXPECT_NEAR(s.liquid_mm, 1.1, 1e-12);

  f = snow_step(p, 2, 0, 5, s);  // melts 6, 5 of rain: 1.1 + 6 + 5 - 1.16 held
  EXPECT_NEAR(s.ice_mm, 11.6, 1e-12);
  EXPECT_NEAR(f.outflow_mm, 10.94, 1e-12);

  f = snow_step(p, 10, 0, 0, s);  // melts all
  EXPECT_NEAR(f.melt_mm, 11.6, 1e-12);
  EXPECT_NEAR(f.outflow_mm, 11.6 + 1.16, 1e-12);
  EXPECT_NEAR(s.total_mm(), 0, 1e-12);
}

TEST(Snow, RainOnBareGroundPasses) {
  SnowState s;
  const SnowFluxes f = snow_step(SnowParams{}, 12, 0, 7.5, s);
  EXPECT_EQ(f.outflow_mm, 7.5);
  EXPECT_EQ(s.total_mm(), 0);
}

}  // namespace
}  // namespace phreatic::basin
