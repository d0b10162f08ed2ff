// SPDX-License-Identifier: BSD-3-Clause
// The virtual basin: wells of known types under one weather, whose levels have known causes.
// Deterministic from the seed (docs/methods/basin.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "phreatic/basin/groundwater/params.hpp"
#include "phreatic/basin/observers.hpp"
#include "phreatic/basin/pumping.hpp"
#include "phreatic/basin/types.hpp"
#include "phreatic/basin/weather.hpp"
#include "phreatic/basin/well.hpp"
#include "phreatic/core/settings/params.hpp"

namespace phreatic::basin {

// reservoir: each well has a linear reservoir of its own; groundwater: all wells stand in one aquifer that
// the flow engine simulates (groundwater/coupled.hpp).
enum class AquiferKind { reservoir, groundwater };

struct BasinParams {
  std::uint64_t seed = 1;
  int wells = 24;
  int first_year = 2009;
  int years = 12;
  int spin_up_years = 4;          // simulated before the first year, not written
  double overlap = 0.06;          // 0: types keep to their own ranges; 1: they differ no more
  double extent_km = 60;          // the basin is a square
  double attribute_noise = 0.08;  // relative error of the written attributes
  bool all_weather = false;       // write radiation, wind, humidity too
  WeatherParams weather;
  PumpingParams pumping;
  ObserverParams observers;
  AquiferKind aquifer = AquiferKind::reservoir;
  GroundwaterParams grid;  // with AquiferKind::groundwater
};
void describe(core::Describer& d, BasinParams& p);

struct BasinWell {
  std::string id;  // "V01" ...
  WellType type = WellType::evaporation;
  WellParams params;
  double x_km = 0, y_km = 0;
  double longitude = 0, latitude = 0;
  double river_km = 0;  // true distance to the river
  double irrigated_share = 0;
  std::vector<double> attributes;  // as a user would have them, in the order of Basin::attribute_names
  // By driver, [days of the basin]; exactly what the simulator was given and what the driver files hold.
  std::array<std::vector<double>, kDriverCount> drivers;
  std::vector<WellState> states;  // [days], at the end of each day
  std::vector<double> level_m;    // [days], the true level
  WellState initial;              // before the first day
  Observation observation;

  Forcing forcing() const;
};

struct GroundwaterRun;  // groundwater/run.hpp

struct Basin {
  BasinParams params;
  core::TimeAxis axis;  // daily
  std::vector<std::string> attribute_names;
  std::vector<BasinWell> wells;
  Weather weather;                               // of the axis, one site per well
  std::shared_ptr<const GroundwaterRun> ground;  // with AquiferKind::groundwater
};

// Throws InputError for parameters that cannot go together.
Basin make_basin(const BasinParams& p);

// The basin for those who ask for its wells' types, parameters and places alone: with AquiferKind::reservoir nothing is
// simulated, and weather and series are empty.
Basin wells_of_basin(const BasinParams& p);

// What a well's site has beside its drivers, with all_weather; else empty.
struct WellWeather {
  std::span<const double> radiation_mj_m2, wind_m_s, humidity_percent;  // [days of the basin]
};
using WellSink =
    std::function<void(const core::TimeAxis& axis, const BasinWell& well, const WellWeather& weather)>;

// The basin of make_basin() for very many wells: each is handed over once, on several threads and in no order, and
// its series are dropped after it. Returns the basin without series and weather. Only for AquiferKind::reservoir,
// whose wells know nothing of each other. Memory: three numbers per well and day of spin-up and axis (six with
// all_weather), and three matrices of wells x wells.
Basin make_basin_well_by_well(const BasinParams& p, const WellSink& take);

// Types of the wells: equal numbers of each, in an order of the seed's choice.
std::vector<WellType> draw_types(const BasinParams& p);

// The river that crosses the basin: y (km) at x (km).
double river_y_km(double x_km, double extent_km);

struct GeoPoint {
  double longitude = 0;
  double latitude = 0;
};
// A place of the basin, whose middle lies at weather.latitude and 124 degrees east, on a sphere.
GeoPoint geographic(const BasinParams& p, double x_km, double y_km);

}  // namespace phreatic::basin
