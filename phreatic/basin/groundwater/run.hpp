// SPDX-License-Identifier: BSD-3-Clause
// A basin with groundwater: what make_basin() keeps of its run beside the wells.
#pragma once

#include <string>
#include <vector>

#include "phreatic/basin/groundwater/coupled.hpp"

namespace phreatic::basin {

struct GaugeSeries {
  std::string id;
  std::size_t reach = 0;
  std::vector<double> discharge_m3_s;  // [days of the basin]
  std::vector<double> baseflow_m3_s;   // [days] of all river cells above, negative: lost
};

struct GroundwaterRun {
  Landscape land;
  BasinDrivers drivers;  // spin-up included
  std::size_t skip = 0;  // days of spin-up
  CoupledState initial;  // before the basin's first day
  std::vector<std::size_t> well_cells;
  std::vector<BasinDay> days;  // [days of the basin]
  BasinDay before;             // stores before the first day
  std::vector<GaugeSeries> gauges;
  std::vector<double> mean_head_m;     // [cells] of the water table
  std::size_t days_not_converged = 0;  // spin-up included
};

// The basin of p with aquifer: groundwater. Called by make_basin().
Basin make_groundwater_basin(const BasinParams& p);

// Stations' weather and districts' pumping, rounded to three decimals.
BasinDrivers make_drivers(const BasinParams& p, const Landscape& land, const Weather& weather);

// Reaches whose water passes `gauge`, itself included.
std::vector<std::size_t> reaches_above(const Landscape& land, std::size_t gauge);

// States at the start of the given days of the basin's axis, by a run from `initial`; in the order of `days`.
std::vector<CoupledState> states_before(const GroundwaterRun& run, std::vector<std::size_t> days);

}  // namespace phreatic::basin
