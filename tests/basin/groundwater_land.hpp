// SPDX-License-Identifier: BSD-3-Clause
// Lands drawn by hand, with known solutions.
#pragma once

#include <vector>

#include "phreatic/basin/groundwater/run.hpp"

namespace phreatic::basin::testing {

inline constexpr double kSurface = 100;

// A soil through which all rain passes within days, without plants, capillary rise or frost.
inline Soil open_soil() {
  Soil soil;
  SoilParams& s = soil.params.soil;
  s.interception_mm = 0;
  s.bypass = 1;
  s.crop_factor = 0;
  s.capillary_max_mm_per_day = 0;
  s.deep_roots = 0;
  s.infiltration_mm_per_day = 1e5;
  s.conductivity_mm_per_day = 1e-3;
  s.transit_days = 1;
  return soil;
}

// Flat, homogeneous, 40 m thick, without rivers.
inline Landscape flat_land(int rows, int columns, double cell_m, double specific_yield) {
  Landscape land;
  land.shape = {rows, columns};
  land.cell_m = cell_m;
  const std::size_t cells = land.shape.cells();
  land.surface_m.assign(cells, kSurface);
  land.bottom_m.assign(cells, kSurface - 40);
  land.conductivity_m_per_day.assign(cells, 10);
  land.specific_yield.assign(cells, specific_yield);
  land.soils = {open_soil()};
  land.soil.assign(cells, 0);
  land.stations = {{0, 0, 0}};
  land.station.assign(cells, 0);
  land.district.assign(cells, kNowhere);
  land.reach_of_cell.assign(cells, 0);
  land.river_km.assign(cells, 0.0);
  return land;
}

// A river that ends where it begins, so wide that its stage stays at its bed.
inline Reach lone_reach(std::size_t cell, double bed_m, double conductance) {
  return {.cell = cell,
          .bed_m = bed_m,
          .bank_m = kSurface,
          .width_m = 1e12,
          .conductance_m2_per_day = conductance,
          .area_km2 = 1};
}

// Constant rain at 15 degC without demand or pumping.
inline BasinDrivers steady_rain(const Landscape& land, double rain_mm, std::size_t days) {
  BasinDrivers out;
  out.axis = core::TimeAxis(0, core::Step{core::StepUnit::day, 1}, days);
  const std::size_t n = land.stations.size() * days;
  out.weather = {std::vector<double>(n, rain_mm), std::vector<double>(n, 15.0), std::vector<double>(n, 0.0)};
  out.pumping_mm.assign(land.districts.size() * days, 0.0);
  return out;
}

inline BasinParams small_grid() {
  BasinParams p;
  p.aquifer = AquiferKind::groundwater;
  p.grid.rows = 16;
  p.grid.columns = 18;
  p.grid.river_area_km2 = 4;
  p.grid.station_spacing_km = 4;
  p.grid.gauges = 2;
  p.wells = 9;
  p.years = 3;
  p.spin_up_years = 1;
  return p;
}

}  // namespace phreatic::basin::testing
