// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/well.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "phreatic/basin/basin.hpp"

namespace phreatic::basin {
namespace {

double mean(std::span<const double> v) {
  return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}

// Every store and flux of the day, added up again here, for wells of all types of ten seeds.
TEST(Well, WaterBalanceClosesEveryDay) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    BasinParams p;
    p.seed = seed;
    p.wells = 6;
    p.years = 4;
    p.overlap = 0.1 * static_cast<double>(seed);
    const Basin basin = make_basin(p);
    for (const BasinWell& w : basin.wells) {
      const WellRun run = simulate_well(WellModel(w.params), w.forcing(), w.initial, true);
      const double allowed = 1e-9 * mean(w.drivers[0]);
      double before = w.initial.stored_mm();
      for (std::size_t t = 0; t < run.states.size(); ++t) {
        const WellFluxes& f = run.fluxes[t];
        const WellState& s = run.states[t];
        const double stored = s.canopy_mm + s.snow.ice_mm + s.snow.liquid_mm + s.frost.ice_mm + s.root_mm +
                              s.transit_mm - s.deficit_mm;
        const double gone = f.runoff_infiltration + f.runoff_saturation + f.evaporation_canopy +
                            f.evaporation_snow + f.evaporation_soil + f.evaporation_table + f.drainage +
                            (1 - w.params.aquifer.pumping_return) * w.drivers[3][t];
        ASSERT_NEAR(stored - before, w.drivers[0][t] - gone, allowed) << seed << " " << w.id << " day " << t;
        ASSERT_LE(std::abs(f.balance_residual), allowed);
        before = stored;
      }
    }
  }
}

TEST(Well, StoresAndFluxesStayInTheirBounds) {
  BasinParams p;
  p.wells = 12;
  p.years = 6;
  p.overlap = 0.5;
  const Basin basin = make_basin(p);
  for (const BasinWell& w : basin.wells) {
    const WellModel model(w.params);
    const SoilConstants& c = model.soil();
    const WellRun run = simulate_well(model, w.forcing(), w.initial, true);
    for (std::size_t t = 0; t < run.states.size(); ++t) {
      const WellState& s = run.states[t];
      const WellFluxes& f = run.fluxes[t];
      ASSERT_GE(s.canopy_mm, 0);
      ASSERT_LE(s.canopy_mm, w.params.soil.interception_mm);
      ASSERT_GE(s.snow.ice_mm, 0);
      ASSERT_GE(s.snow.liquid_mm, 0);
      ASSERT_GE(s.frost.ice_mm, -1e-12);
      ASSERT_GE(s.frost.thickness_m(), 0);
      ASSERT_GE(s.root_mm, c.wilting_mm - 1e-9);
      ASSERT_LE(s.root_mm, c.saturated_mm + 1e-9);
      ASSERT_GE(s.transit_mm, 0);
      ASSERT_GE(s.deficit_mm, 0);
      const double demand = std::max(1.0, w.params.soil.crop_factor) * w.drivers[2][t];
      ASSERT_LE(f.evaporation_canopy + f.evaporation_snow + f.evaporation_soil + f.evaporation_table,
                demand + 1e-9);
      for (const double flux :
           {f.infiltration, f.runoff_infiltration, f.runoff_saturation, f.evaporation_soil,
            f.evaporation_table, f.percolation, f.capillary_rise, f.frost_draw, f.recharge}) {
        ASSERT_GE(flux, 0);
      }
    }
  }
}

// Rain falls into a column without plants, frost or bypass: what recharges is what fell, delayed by the
// exponential of the transit store.
TEST(Well, TransitStoreIsALinearReservoir) {
  WellParams p;
  p.soil.transit_days = 20;
  p.soil.bypass = 1;
  p.soil.interception_mm = 0;
  p.soil.crop_factor = 0;
  p.soil.capillary_max_mm_per_day = 0;
  p.soil.deep_roots = 0;
  p.soil.infiltration_mm_per_day = 1e5;
  p.soil.conductivity_mm_per_day = 1e-3;
  const WellModel model(p);
  std::vector<double> rain(200, 0.0), warm(200, 15.0), none(200, 0.0);
  rain[0] = 40;
  WellState start = model.neutral_state();
  const WellRun run = simulate_well(model, {{rain, warm, none, none}}, start, true);
  const double put_in = run.fluxes[0].infiltration;
  EXPECT_NEAR(put_in, 40, 0.01);
  double recharge = 0;
  for (std::size_t t = 0; t < 200; ++t) {
    recharge += run.fluxes[t].recharge;
    ASSERT_NEAR(run.states[t].transit_mm, put_in * std::exp(-static_cast<double>(t + 1) / 20), 1e-2);
  }
  EXPECT_NEAR(recharge, put_in * (1 - std::exp(-10.0)), 1e-2);
}

TEST(Well, FinalLevelIsTheLastOfTheRun) {
  BasinParams p;
  p.wells = 3;
  p.years = 2;
  const Basin basin = make_basin(p);
  for (const BasinWell& w : basin.wells) {
    const WellModel model(w.params);
    EXPECT_EQ(final_level_m(model, w.forcing(), w.initial), w.level_m.back());
    EXPECT_EQ(simulate_well(model, w.forcing(), w.initial, true).level_m, w.level_m);
  }
}

TEST(Well, RunsInPiecesAsInOne) {
  BasinParams p;
  p.wells = 3;
  p.years = 2;
  const Basin basin = make_basin(p);
  for (const BasinWell& w : basin.wells) {
    const WellModel model(w.params);
    const WellRun first = simulate_well(model, w.forcing().part(0, 300), w.initial);
    const WellRun rest =
        simulate_well(model, w.forcing().part(300, w.level_m.size() - 300), first.states.back());
    EXPECT_EQ(rest.level_m.back(), w.level_m.back());
  }
}

}  // namespace
}  // namespace phreatic::basin
