// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/processes/soil.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "phreatic/basin/well.hpp"

namespace phreatic::basin {
namespace {

// dW/dt = -K ((W - Wwp) / (Wsat - Wwp))^(3 + 2 / lambda) by 20,000 Runge-Kutta steps.
double drained_by_runge_kutta(const SoilParams& p, double start_mm, double days) {
  const double wilting = 1000 * p.root_depth_m * p.wilting_point;
  const double range = 1000 * p.root_depth_m * p.saturated - wilting;
  const auto rate = [&](double w) {
    return -p.conductivity_mm_per_day * std::pow((w - wilting) / range, 3 + 2 / p.pore_index);
  };
  double w = start_mm;
  constexpr int kSteps = 20000;
  const double h = days / kSteps;
  for (int i = 0; i < kSteps; ++i) {
    const double k1 = rate(w);
    const double k2 = rate(w + 0.5 * h * k1);
    const double k3 = rate(w + 0.5 * h * k2);
    const double k4 = rate(w + h * k3);
    w += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
  }
  return start_mm - w;
}

TEST(Soil, PercolationSolvesBrooksCoreyDrainage) {
  SoilParams p;
  for (const double pore_index : {0.25, 0.6}) {
    p.pore_index = pore_index;
    const SoilConstants c(p);
    for (const double share : {1.0, 0.8, 0.5}) {
      const double start = c.wilting_mm + share * (c.saturated_mm - c.wilting_mm);
      EXPECT_NEAR(percolation_mm(c, start, 1.0), drained_by_runge_kutta(p, start, 1.0), 1e-6)
          << pore_index << " " << share;
    }
  }
}

TEST(Soil, PercolationOfTwoHalvesIsThatOfTheWhole) {
  // The exact integral composes: a day at factor 1 is two days at factor 1/2.
  const SoilConstants c{SoilParams{}};
  const double start = 0.95 * c.saturated_mm;
  const double first = percolation_mm(c, start, 0.5);
  EXPECT_NEAR(first + percolation_mm(c, start - first, 0.5), percolation_mm(c, start, 1.0), 1e-10);
}

TEST(Soil, FeddesTrapezoid) {
  SoilParams p;
  p.root_depth_m = 1.0;
  p.wilting_point = 0.10;
  p.field_capacity = 0.30;
  p.saturated = 0.40;
  p.feddes_dry = 0.5;
  p.feddes_wet = 0.9;
  const SoilConstants c(p);
  EXPECT_EQ(feddes_factor(p, c, 100), 0.0);
  EXPECT_NEAR(feddes_factor(p, c, 150), 0.5, 1e-12);
  EXPECT_NEAR(feddes_factor(p, c, 250), 1.0, 1e-12);
  EXPECT_NEAR(feddes_factor(p, c, 380), 0.5, 1e-12);
  EXPECT_EQ(feddes_factor(p, c, 400), 0.0);
  EXPECT_EQ(feddes_factor(p, c, 50), 0.0);
}

TEST(Soil, ConductivityAboveTheTable) {
  SoilParams p;
  p.air_entry_m = 0.2;
  p.pore_index = 0.5;
  p.conductivity_mm_per_day = 100;
  const SoilConstants c(p);
  EXPECT_EQ(conductivity_above_table(p, c, 0.1), 100);
  EXPECT_NEAR(conductivity_above_table(p, c, 0.4), 100 * std::pow(0.5, 3.5), 1e-12);
  EXPECT_EQ(conductivity_above_table(p, c, 50), 0);
}

// One wet and one dry day of the root zone by hand.
TEST(Soil, InfiltrationAndEvaporationByHand) {
  WellParams p;
  p.soil.interception_mm = 2;
  p.soil.infiltration_mm_per_day = 50;
  p.soil.bypass = 0.2;
  p.soil.conductivity_mm_per_day = 0.001;  // nothing percolates to speak of
  p.soil.capillary_max_mm_per_day = 0;
  p.soil.deep_roots = 0;
  p.soil.crop_factor = 0.5;
  p.aquifer.pumping_return = 0;
  const WellModel model(p);
  const std::vector<double> rain = {32, 0};
  const std::vector<double> warm = {20, 20};
  const std::vector<double> pet = {0, 6};
  const std::vector<double> none = {0, 0};
  const WellRun run = simulate_well(model, {{rain, warm, pet, none}}, model.neutral_state(), true);
  const double infiltrated = 50 * (1 - std::exp(-30.0 / 50));
  EXPECT_NEAR(run.fluxes[0].infiltration, infiltrated, 1e-12);
  EXPECT_NEAR(run.fluxes[0].runoff_infiltration, 30 - infiltrated, 1e-12);
  EXPECT_NEAR(run.fluxes[0].percolation, 0.2 * infiltrated, 1e-3);
  EXPECT_NEAR(run.states[0].canopy_mm, 2, 1e-12);
  EXPECT_NEAR(run.fluxes[1].evaporation_canopy, 2, 1e-12);
  EXPECT_NEAR(run.fluxes[1].evaporation_soil, 0.5 * 4, 1e-12);  // moist: the Feddes factor is 1
}

}  // namespace
}  // namespace phreatic::basin
