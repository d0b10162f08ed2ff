// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/processes/aquifer.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace phreatic::basin {
namespace {

AquiferParams constant_yield() {
  AquiferParams p;
  p.shallow_share = 1.0;
  p.specific_yield = 0.1;
  p.response_days = 50;
  p.drainage_depth_m = 4;
  return p;
}

TEST(Aquifer, RecessionIsExponential) {
  const AquiferParams p = constant_yield();
  double deficit = deficit_mm(p, 2.5);
  for (int day = 1; day <= 300; ++day) {
    aquifer_step(p, 0, deficit);
    const double height = p.drainage_depth_m - depth_m(p, deficit);
    ASSERT_NEAR(height, 1.5 * std::exp(-day / 50.0), 1e-12);
  }
}

TEST(Aquifer, RisesToTheSteadyHeightOfConstantRecharge) {
  const AquiferParams p = constant_yield();
  double deficit = deficit_mm(p, 4);
  AquiferFluxes f;
  for (int day = 1; day <= 2000; ++day) {
    f = aquifer_step(p, 1.2, deficit);
    const double height = p.drainage_depth_m - depth_m(p, deficit);
    const double steady = 1.2 * 50 / (1000 * 0.1);  // r T / Sy
    ASSERT_NEAR(height, steady * (1 - std::exp(-day / 50.0)), 1e-12);
  }
  EXPECT_NEAR(f.drainage_mm, 1.2, 1e-12);
}

TEST(Aquifer, FlowsInFromTheDrainageLevelWhenPumpedBelow) {
  const AquiferParams p = constant_yield();
  double deficit = deficit_mm(p, 6);
  EXPECT_LT(aquifer_step(p, 0, deficit).drainage_mm, 0);
}

TEST(Aquifer, DepthInvertsDeficitAndItsSlopeIsTheYield) {
  for (const double share : {0.01, 0.3, 0.5, 0.8, 1.0}) {
    for (const double length : {0.0, 0.4, 2.0}) {
      AquiferParams p;
      p.shallow_share = share;
      p.shallow_length_m = length;
      for (const double depth : {0.0, 0.01, 0.5, 3.0, 25.0}) {
        EXPECT_NEAR(depth_m(p, deficit_mm(p, depth)), depth, 1e-10) << share << " " << length;
        const double h = 1e-5;
        if (depth > h) {
          const double slope = (deficit_mm(p, depth + h) - deficit_mm(p, depth - h)) / (2 * h);
          EXPECT_NEAR(slope, 1000 * local_specific_yield(p, depth), 1e-5);
        }
      }
    }
  }
}

TEST(Aquifer, KeepsWaterWhateverTheYield) {
  AquiferParams p;
  p.drainage_depth_m = 0.6;
  double deficit = deficit_mm(p, 0.3);
  for (const double recharge : {0.0, 5.0, -3.0, 60.0, 200.0, -40.0}) {
    const double before = deficit;
    const AquiferFluxes f = aquifer_step(p, recharge, deficit);
    EXPECT_NEAR(recharge - f.drainage_mm - f.spill_mm, before - deficit, 1e-11);
    EXPECT_GE(deficit, 0);
  }
}

TEST(Aquifer, SpillsAboveTheGround) {
  const AquiferParams p = constant_yield();
  double deficit = 10;
  const AquiferFluxes f = aquifer_step(p, 500, deficit);
  EXPECT_EQ(deficit, 0);
  EXPECT_GT(f.spill_mm, 300);
}

}  // namespace
}  // namespace phreatic::basin
