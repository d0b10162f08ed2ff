// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/processes/frost.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "phreatic/basin/well.hpp"

namespace phreatic::basin {
namespace {

FrostParams without_ground_heat() {
  FrostParams p;
  p.ground_heat_w_m2 = 0;
  return p;
}

// Constant surface temperature -T for n days: Z = sqrt(2 k T t / (L theta)), Stefan's solution.
TEST(Frost, ConstantFrostIsStefansSolution) {
  const FrostParams p = without_ground_heat();
  FrostState s;
  for (int day = 1; day <= 120; ++day) {
    frost_step(p, -12.5, 0, 0, s);
    const double seconds = day * 86400.0;
    const double expected =
        std::sqrt(2 * p.conductivity_frozen_w_m_k * 12.5 * seconds / (3.337e8 * p.water_content));
    ASSERT_NEAR(s.bottom_m, expected, 1e-12 * expected);
  }
  EXPECT_EQ(s.top_m, 0);
  EXPECT_NEAR(stefan_depth_m(1.7, 1500, 0.32), std::sqrt(2 * 1.7 * 1500 * 86400 / (3.337e8 * 0.32)), 1e-12);
}

TEST(Frost, DependsOnTheFrostIndexOnly) {
  const FrostParams p = without_ground_heat();
  FrostState even;
  FrostState uneven;
  for (int day = 0; day < 40; ++day) {
    frost_step(p, -10, 0, 0, even);
    frost_step(p, day % 2 == 0 ? -18 : -2, 0, 0, uneven);
  }
  EXPECT_NEAR(even.bottom_m, uneven.bottom_m, 1e-12);
}

TEST(Frost, SnowDampsTheIndex) {
  const FrostParams p = without_ground_heat();
  FrostState bare;
  FrostState covered;
  frost_step(p, -10, 0, 0, bare);
  frost_step(p, -10, p.snow_damping_mm, 0.8, covered);
  EXPECT_NEAR(covered.bottom_m * covered.bottom_m / (bare.bottom_m * bare.bottom_m), std::exp(-1.0), 1e-12);
}

TEST(Frost, ThawsFromBelowAtTheRateOfTheGroundHeat) {
  FrostParams p = without_ground_heat();
  FrostState s;
  for (int day = 0; day < 60; ++day) frost_step(p, -15, 0, 0, s);
  const double start = s.bottom_m;
  p.ground_heat_w_m2 = 3;
  for (int day = 0; day < 30; ++day) frost_step(p, 0, 0, 0, s);
  EXPECT_NEAR(start - s.bottom_m, 30 * 86400.0 * 3 / (3.337e8 * p.water_content), 1e-12);
  EXPECT_EQ(s.top_m, 0);
}

TEST(Frost, ThawsFromAboveByStefanUntilTheFrontsMeet) {
  const FrostParams p = without_ground_heat();
  FrostState s;
  for (int day = 0; day < 60; ++day) frost_step(p, -15, 0, 0, s);
  const double bottom = s.bottom_m;
  // Top front reaches the bottom after t = Z^2 L theta / (2 k T).
  const double days =
      bottom * bottom * 3.337e8 * p.water_content / (2 * p.conductivity_thawed_w_m_k * 8 * 86400.0);
  int day = 0;
  while (s.bottom_m > 0) {
    frost_step(p, 8, 0, 0, s);
    ++day;
    if (s.bottom_m > 0) {
      ASSERT_NEAR(s.top_m, stefan_depth_m(p.conductivity_thawed_w_m_k, 8.0 * day, p.water_content), 1e-12);
    }
  }
  EXPECT_EQ(day, static_cast<int>(std::ceil(days)));
  EXPECT_EQ(s.top_m, 0);
}

TEST(Frost, FreezingAgainClosesTheThawedTopFirst) {
  const FrostParams p = without_ground_heat();
  FrostState s;
  for (int day = 0; day < 60; ++day) frost_step(p, -15, 0, 0, s);
  const double bottom = s.bottom_m;
  frost_step(p, 5, 0, 0, s);
  const double thawed = s.top_m;
  // The same square of depth freezes back in 5 k_u / k_f degrees.
  frost_step(p, -5 * p.conductivity_thawed_w_m_k / p.conductivity_frozen_w_m_k, 0, 0, s);
  EXPECT_GT(thawed, 0);
  EXPECT_NEAR(s.top_m, 0, 1e-7);
  EXPECT_NEAR(s.bottom_m, bottom, 1e-12);
}

TEST(Frost, InfiltrationFactorFollowsTheThickness) {
  const FrostParams p{.closed_depth_m = 1.5, .open_floor = 0.1};
  EXPECT_EQ(infiltration_factor(p, {}), 1.0);
  EXPECT_NEAR(infiltration_factor(p, {.bottom_m = 0.9, .top_m = 0.3}), 0.6, 1e-12);
  EXPECT_EQ(infiltration_factor(p, {.bottom_m = 2.0}), 0.1);
}

TEST(Frost, UpwardFluxIsTheLeastOfThreeLimits) {
  const FrostParams p{.water_content = 0.3, .flux_mm_per_day = 2.0, .flux_length_m = 0.5};
  const FrostState s{.bottom_m = 1.0};
  EXPECT_NEAR(frost_upward_flux_mm(p, s, 0.1, 2.0, 1e9), 2.0 * std::exp(-2.0), 1e-12);  // distance 1 m
  EXPECT_EQ(frost_upward_flux_mm(p, s, 0.1, 2.0, 0.05), 0.05);                          // conductivity
  EXPECT_NEAR(frost_upward_flux_mm(p, s, 1e-5, 2.0, 1e9), 0.003, 1e-12);                // heat: theta dZ
  EXPECT_EQ(frost_upward_flux_mm(p, s, 0.1, 0.4, 1e9), 2.0);                            // front in the water
}

// Over a whole winter all that was drawn from the water table comes back.
TEST(Frost, GivesBackAllThatItDrew) {
  WellParams p;
  p.aquifer.drainage_depth_m = 1.8;
  p.frost.flux_mm_per_day = 0.8;
  const WellModel model(p);
  std::vector<double> dry(365, 0.0);
  std::vector<double> temperature(365);
  for (int t = 0; t < 365; ++t)
    temperature[static_cast<std::size_t>(t)] = 3 - 22 * std::cos((t - 100) * 0.0172142);
  const WellRun run = simulate_well(model, {{dry, temperature, dry, dry}}, model.neutral_state(), true);
  double drawn = 0;
  double released = 0;
  double most = 0;
  for (std::size_t t = 0; t < 365; ++t) {
    drawn += run.fluxes[t].frost_draw;
    released += run.fluxes[t].frost_release;
    most = std::max(most, run.states[t].frost.bottom_m);
  }
  EXPECT_GT(drawn, 10);
  EXPECT_GT(most, 1.0);
  EXPECT_NEAR(drawn, released, 1e-9);
  EXPECT_EQ(run.states.back().frost.bottom_m, 0);
}

}  // namespace
}  // namespace phreatic::basin
