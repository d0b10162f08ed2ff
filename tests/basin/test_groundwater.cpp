// SPDX-License-Identifier: BSD-3-Clause
// The coupled basin against analytic solutions, its own water balance and the linear reservoir.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "groundwater_land.hpp"
#include "phreatic/basin/groundwater/aquifer_model.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::basin {
namespace {

using namespace testing;

// A river in every cell makes each cell a linear reservoir of response time T.
struct ReservoirLand {
  static constexpr double kYield = 0.1, kDays = 50, kBed = 97;
  Landscape land = flat_land(3, 4, 200, kYield);
  ReservoirLand() {
    for (std::size_t n = 0; n < land.shape.cells(); ++n) {
      land.reaches.push_back(lone_reach(n, kBed, land.area_m2() * kYield / kDays));
      land.reach_of_cell[n] = static_cast<int>(n);
    }
  }
};

TEST(Groundwater, OneCellLikeBasinIsTheImplicitLinearReservoir) {
  const ReservoirLand r;
  const BasinDrivers rain = steady_rain(r.land, 4.0, 300);
  CoupledBasin basin(r.land, std::vector<double>(r.land.shape.cells(), 97.5), 300);
  double level = 97.5;
  for (std::size_t t = 0; t < 300; ++t) {
    basin.step(rain, plain_day(t));
    const double in = 1e-3 * basin.exchange_mm()[0];
    level = (level + in / r.kYield + r.kBed / r.kDays) / (1 + 1 / r.kDays);
    for (const double head : basin.heads()) ASSERT_NEAR(head, level, 2e-6) << t;
  }
  EXPECT_NEAR(level, r.kBed + 4e-3 / r.kYield * r.kDays, 0.01);  // near its equilibrium
}

// The wells' reservoir is stepped by the exact exponential; the basin implicitly by days: the difference is
// that of implicit Euler, at most dt / (2 e T) of the change.
TEST(Groundwater, OneCellLikeBasinFollowsTheWellsReservoir) {
  const ReservoirLand r;
  const BasinDrivers rain = steady_rain(r.land, 4.0, 300);
  CoupledBasin basin(r.land, std::vector<double>(r.land.shape.cells(), 97.5), 300);
  AquiferParams reservoir{.surface_m = kSurface,
                          .drainage_depth_m = kSurface - r.kBed,
                          .response_days = r.kDays,
                          .specific_yield = r.kYield,
                          .shallow_share = 1,
                          .shallow_length_m = 0};
  double deficit = deficit_mm(reservoir, 2.5);
  double worst = 0;
  for (std::size_t t = 0; t < 300; ++t) {
    basin.step(rain, plain_day(t));
    aquifer_step(reservoir, basin.exchange_mm()[0], deficit);
    worst = std::max(worst, std::abs(kSurface - depth_m(reservoir, deficit) - basin.heads()[0]));
  }
  EXPECT_LT(worst, 1.1 * (2.0 - 0.5) / (2 * std::exp(1.0) * r.kDays));
  EXPECT_GT(worst, 1e-4);
}

// Two rivers at constant stage with recharge between them: h^2 = h0^2 + R / K x (L - x) over the base
// (Dupuit).
TEST(Groundwater, MoundBetweenTwoRiversIsDupuits) {
  Landscape land = flat_land(1, 41, 50, 0.1);
  land.reaches = {lone_reach(0, 80, 1e7), lone_reach(40, 80, 1e7)};
  constexpr std::size_t kDays = 4000;
  const BasinDrivers rain = steady_rain(land, 1.0, kDays);
  CoupledBasin basin(land, std::vector<double>(41, 81.0), kDays);
  for (std::size_t t = 0; t < kDays; ++t) basin.step(rain, plain_day(t));
  const double recharge = 1e-3 * basin.exchange_mm()[0];
  EXPECT_NEAR(recharge, 1e-3, 1e-8);
  for (std::size_t j = 0; j < 41; ++j) {
    const double x = 50.0 * static_cast<double>(j);
    const double thickness = std::sqrt(20.0 * 20.0 + recharge / 10 * x * (2000 - x));
    EXPECT_NEAR(basin.heads()[j] - 60, thickness, 2e-3) << j;
  }
  EXPECT_NEAR(basin.balance().river_gain, recharge * land.area_m2() * 41,
              1e-3 * recharge * land.area_m2() * 41);
}

// A closed land under rain: the water missing to the surface falls by exactly what came, so that the level is
// the closed inverse of the deficit, whatever the steps.
TEST(Groundwater, RiseFollowsTheDepthDependentYield) {
  Landscape land = flat_land(3, 3, 100, 0.15);
  land.shallow_share = 0.3;
  land.shallow_length_m = 0.7;
  land.reaches = {lone_reach(4, 50, 0)};
  const BasinDrivers rain = steady_rain(land, 2.8, 100);
  CoupledBasin basin(land, std::vector<double>(9, kSurface - 2.5), 100);
  const AquiferParams p{.specific_yield = 0.15, .shallow_share = 0.3, .shallow_length_m = 0.7};
  double deficit = deficit_mm(p, 2.5);
  double first_rise = 0;
  double before = kSurface - 2.5;
  for (std::size_t t = 0; t < 100; ++t) {
    basin.step(rain, plain_day(t));
    deficit -= basin.exchange_mm()[0];
    for (const double head : basin.heads()) ASSERT_NEAR(head, kSurface - depth_m(p, deficit), 5e-6) << t;
    if (t == 5) first_rise = basin.heads()[0] - before;
    if (t == 99) {
      EXPECT_GT(basin.heads()[0] - before, 1.3 * first_rise);
    }
    before = basin.heads()[0];
  }
  EXPECT_LT(kSurface - before, 0.8);
  EXPECT_GT(kSurface - before, 0.2);
}

double stores(const BasinDay& day) {
  return day.column_store + day.aquifer_store + day.runoff_store - day.river_debt;
}

// Every account of every day, for one layer and two, with irrigation, frost and drains at work.
TEST(Groundwater, WaterBalanceClosesEveryDay) {
  for (const int layers : {1, 2}) {
    BasinParams p = small_grid();
    p.grid.layers = layers;
    p.grid.irrigated_area = 0.2;
    p.seed = static_cast<std::uint64_t>(layers);
    const Basin basin = make_basin(p);
    const GroundwaterRun& run = *basin.ground;
    EXPECT_EQ(run.days_not_converged, 0U);
    double rain = 0;
    for (const BasinDay& day : run.days) rain += day.precipitation;
    const double allowed = 1e-9 * rain / static_cast<double>(run.days.size());
    BasinDay before = run.before;
    BasinDay sum;
    double engine = 0;
    for (std::size_t t = 0; t < run.days.size(); ++t) {
      const BasinDay& day = run.days[t];
      const double evaporation =
          day.evaporation_canopy + day.evaporation_snow + day.evaporation_soil + day.evaporation_table;
      const double runoff = day.runoff_infiltration + day.runoff_saturation;
      // Columns: to 1e-9 of the mean daily precipitation.
      ASSERT_NEAR(day.column_store - before.column_store,
                  day.precipitation + day.returned - evaporation - runoff - day.exchange, allowed)
          << t;
      ASSERT_LE(day.column_residual, allowed);
      // Aquifer: what is left over is what the engine's own budget says, and that is within its closure.
      const double net =
          day.exchange - day.pumped + day.river_loss - day.river_gain - day.drains - day.seepage;
      ASSERT_NEAR(net - (day.aquifer_store - before.aquifer_store), day.aquifer_residual, 1e-9 * rain) << t;
      const double gross = std::abs(day.exchange) + day.pumped + day.river_loss + day.river_gain +
                           day.drains + day.seepage + std::abs(day.aquifer_store - before.aquifer_store);
      ASSERT_LE(std::abs(day.aquifer_residual), 1e-6 * gross) << t;
      // Rivers: exact.
      ASSERT_NEAR(day.outlet,
                  runoff + day.seepage + day.river_gain - day.river_loss + day.drains -
                      (day.runoff_store - before.runoff_store) + (day.river_debt - before.river_debt),
                  allowed)
          << t;
      // The whole.
      ASSERT_NEAR(
          stores(day) - stores(before),
          day.precipitation - evaporation - (day.pumped - day.returned) - day.outlet - day.aquifer_residual,
          1e-9 * rain)
          << t;
      engine += day.aquifer_residual;
      sum.pumped += day.pumped;
      sum.frost_draw += day.frost_draw;
      sum.capillary_rise += day.capillary_rise;
      sum.river_gain += day.river_gain;
      before = day;
    }
    EXPECT_LE(std::abs(engine), 1e-7 * rain);
    for (const double part : {sum.pumped, sum.frost_draw, sum.capillary_rise, sum.river_gain})
      EXPECT_GT(part, 0);
  }
}

// What the columns gave is what the engine booked, cell by cell and bit for bit; the rivers' baseflow is the
// leakage that stage, head and bed give by hand.
TEST(Groundwater, ExchangeAndBaseflowAreTheEnginesBudget) {
  const BasinParams p = small_grid();
  const Basin made = make_basin(p);
  const GroundwaterRun& run = *made.ground;
  CoupledBasin basin(run.land, run.initial.ground.heads, 400);
  basin.restore(run.initial);
  for (std::size_t t = 0; t < 400; ++t) {
    const std::vector<double> yesterday = basin.discharge();
    basin.step(run.drivers, plain_day(run.skip + t));
    const auto flows = basin.ground().package_flows();
    for (std::size_t n = 0; n < run.land.shape.cells(); ++n)
      ASSERT_EQ(flows[kRechargePackage].flow[n], 1e-3 * basin.exchange_mm()[n] * run.land.area_m2());
    double gain = 0;
    for (std::size_t r = 0; r < run.land.reaches.size(); ++r) {
      const Reach& reach = run.land.reaches[r];
      const double stage = reach.bed_m + manning_depth_m(reach, yesterday[r]);
      const double head = std::max(reach.bed_m, basin.heads()[reach.cell]);
      ASSERT_NEAR(basin.baseflow()[r], reach.conductance_m2_per_day * (head - stage), 1e-6);
      gain += basin.baseflow()[r];
    }
    ASSERT_NEAR(gain, flows[kRiverPackage].outflow - flows[kRiverPackage].inflow, 1e-6);
  }
}

TEST(Groundwater, ManningsDepth) {
  // w = 10 m, S = 5e-4, n = 0.035, depth 1 m: Q = w d^(5/3) sqrt(S) / n.
  const Reach reach{.bed_m = 0, .bank_m = 5, .width_m = 10};
  EXPECT_NEAR(manning_depth_m(reach, 86400 * 10 * std::sqrt(5e-4) / 0.035), 1.0, 1e-12);
  EXPECT_EQ(manning_depth_m(reach, 0), 0);
  EXPECT_EQ(manning_depth_m(reach, 1e12), 5);
}

TEST(Groundwater, SameSeedSameBasinWhateverTheThreads) {
  BasinParams p = small_grid();
  p.years = 1;
  core::set_thread_count(1);
  const Basin one = make_basin(p);
  core::set_thread_count(4);
  const Basin four = make_basin(p);
  p.seed = 2;
  const Basin other = make_basin(p);
  for (std::size_t i = 0; i < one.wells.size(); ++i) {
    EXPECT_EQ(one.wells[i].level_m, four.wells[i].level_m);
    EXPECT_EQ(one.wells[i].drivers, four.wells[i].drivers);
    EXPECT_NE(one.wells[i].level_m, other.wells[i].level_m);
  }
  for (std::size_t g = 0; g < one.ground->gauges.size(); ++g)
    EXPECT_EQ(one.ground->gauges[g].discharge_m3_s, four.ground->gauges[g].discharge_m3_s);
  for (std::size_t t = 0; t < one.ground->days.size(); ++t)
    ASSERT_EQ(one.ground->days[t].aquifer_store, four.ground->days[t].aquifer_store);
}

TEST(Groundwater, ARestartRepeatsTheRunBitForBit) {
  const Basin basin = make_basin(small_grid());
  const GroundwaterRun& run = *basin.ground;
  const auto states = states_before(run, {500, 0, 137});
  for (const std::size_t day : {std::size_t{500}, std::size_t{0}, std::size_t{137}}) {
    CoupledBasin again(run.land, run.initial.ground.heads, 60);
    again.restore(states[day == 500 ? 0 : day == 0 ? 1 : 2]);
    for (std::size_t t = 0; t < 60; ++t) {
      again.step(run.drivers, plain_day(run.skip + day + t), false);
      for (std::size_t i = 0; i < basin.wells.size(); ++i)
        ASSERT_EQ(again.heads()[run.well_cells[i]], basin.wells[i].level_m[day + t]);
    }
  }
}

TEST(Groundwater, WellsHaveTheirCellsDrivers) {
  const Basin basin = make_basin(small_grid());
  const GroundwaterRun& run = *basin.ground;
  const std::size_t all = run.drivers.axis.size();
  for (std::size_t i = 0; i < basin.wells.size(); ++i) {
    const BasinWell& w = basin.wells[i];
    const std::size_t cell = run.well_cells[i];
    ASSERT_EQ(w.level_m.size(), basin.axis.size());
    EXPECT_EQ(w.attributes.size(), basin.attribute_names.size());
    EXPECT_EQ(w.type, run.land.type(cell));
    const auto station = static_cast<std::size_t>(run.land.station[cell]);
    EXPECT_EQ(w.drivers[0][100], run.drivers.weather[0][station * all + run.skip + 100]);
    const double pumped = std::accumulate(w.drivers[3].begin(), w.drivers[3].end(), 0.0);
    EXPECT_EQ(pumped > 0, w.type == WellType::extraction);
  }
}

TEST(Groundwater, TooThinAnAquiferIsRefusedInWords) {
  Landscape land = flat_land(3, 3, 100, 0.1);
  land.bottom_m.assign(9, kSurface - 3);
  land.reaches = {lone_reach(4, 98, 1)};
  land.districts = {{0, 0, 1, 0}};
  land.district.assign(9, 0);
  BasinDrivers drivers = steady_rain(land, 0, 400);
  drivers.pumping_mm.assign(400, 5.0);
  CoupledBasin basin(land, std::vector<double>(9, kSurface - 1.5), 400);
  EXPECT_THROW(
      {
        for (std::size_t t = 0; t < 400; ++t) basin.step(drivers, plain_day(t));
      },
      core::InputError);
}

// The stated size: 60 x 60 cells, 12 years after 4 of spin-up.
TEST(SlowGroundwater, FullSizeRunsAndCloses) {
  BasinParams p;
  p.aquifer = AquiferKind::groundwater;
  p.wells = 150;
  const Basin basin = make_basin(p);
  const GroundwaterRun& run = *basin.ground;
  EXPECT_EQ(run.days_not_converged, 0U);
  double rain = 0, residual = 0, outflow = 0, base = 0;
  for (const BasinDay& day : run.days) {
    rain += day.precipitation;
    residual += day.aquifer_residual;
    outflow += day.outlet;
    base += day.river_gain - day.river_loss;
    ASSERT_LE(day.column_residual, 1e-9 * 1e-3 * run.land.area_m2() * 3600);
  }
  EXPECT_LE(std::abs(residual), 1e-8 * rain);
  EXPECT_GT(outflow, 0.05 * rain);
  EXPECT_GT(base, 0);
  RecordProperty("engine_residual_over_rain", std::to_string(residual / rain));
}

}  // namespace
}  // namespace phreatic::basin
