// SPDX-License-Identifier: BSD-3-Clause
// Settings of the virtual basin's groundwater: grid, relief, aquifer, rivers, drains, gauges
// (docs/methods/basin.md, section 10).
#pragma once

#include "phreatic/core/settings/params.hpp"

namespace phreatic::basin {

struct GroundwaterParams {
  int rows = 60;
  int columns = 60;
  int layers = 1;  // 2: a confined layer under the water table's; irrigation wells then pump from it
  double cell_size_m = 500;
  double station_spacing_km = 5;  // each cell has the weather of the nearest station

  double tilt_m_per_km = 0.4;  // of the plain, towards the outlet's side
  double relief_m = 2.0;       // standard deviation of hills
  double relief_range_km = 4;  // their correlation length
  double river_area_km2 = 8;   // land that makes a river
  double incision_m = 1.5;     // of a river's bed where it begins; deeper downstream
  double river_resistance_days = 2;
  double runoff_days = 2;  // of each of two linear reservoirs between field and river

  double thickness_m = 40;             // of each layer, under the lowest bed
  double conductivity_m_per_day = 15;  // geometric mean
  double conductivity_log_sd = 0.6;
  double conductivity_range_km = 3;
  double vertical_ratio = 0.05;       // vertical over horizontal conductivity
  double lower_storage_per_m = 1e-5;  // specific storage of the second layer
  double specific_yield_low = 0.06, specific_yield_high = 0.14;
  double shallow_share = 0.35;    // share of the specific yield left at the surface
  double shallow_length_m = 0.8;  // depth over which it recovers

  double drain_depth_m = 1.5;
  double drain_resistance_days = 250;
  double seepage_resistance_days = 1;  // of the ground when the table reaches it
  double irrigated_area = 0.1;         // share of the basin in irrigation districts
  double district_radius_km = 1.6;
  int soils_of_type = 4;  // soils drawn for each type of dynamics
  int gauges = 4;

  int truth_dates = 4;  // at most so many dates get true contributions: each costs runs of the whole basin
  int truth_references = 4;  // and at most so many reference windows for each
};
void describe(core::Describer& d, GroundwaterParams& p);

}  // namespace phreatic::basin
