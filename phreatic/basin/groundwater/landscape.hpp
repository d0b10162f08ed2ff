// SPDX-License-Identifier: BSD-3-Clause
// The basin's land as plain data: what make_landscape() draws from the seed and CoupledBasin (coupled.hpp)
// runs. Cells are numbered row by row from the north-west; x to the east, y to the north from the south-west
// corner.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "phreatic/basin/basin.hpp"
#include "phreatic/basin/groundwater/terrain.hpp"
#include "phreatic/basin/weather.hpp"

namespace phreatic::basin {

// The river in one cell. Its stage is the bed plus Manning's depth of a wide channel, (n Q / (w
// sqrt(S)))^(3/5) (chow1959), at most up to the bank.
struct Reach {
  std::size_t cell = 0;
  int downstream = kNowhere;  // index of the next reach; kNowhere at the outlet
  double bed_m = 0;
  double bank_m = 0;
  double width_m = 1;
  double conductance_m2_per_day = 0;
  double area_km2 = 0;  // that drains through it
};
double manning_depth_m(const Reach& reach, double discharge_m3_per_day);

struct FieldDrain {
  std::size_t cell = 0;
  double elevation_m = 0;
  double conductance_m2_per_day = 0;
};

struct Soil {
  WellType type = WellType::evaporation;
  WellParams params;  // snow, frost, soil, pumping_return; what params.aquifer has beyond that is not used
};

struct District {
  double x_km = 0, y_km = 0;
  double irrigated_share = 0;
  int station = 0;
};

struct Gauge {
  std::string id;
  std::size_t reach = 0;
};

struct Landscape {
  Shape shape;
  int layers = 1;
  double cell_m = 500;
  double layer_thickness_m = 30;               // of the second layer
  std::vector<double> surface_m;               // [cells]
  std::vector<double> bottom_m;                // [cells] of the first layer
  std::vector<double> conductivity_m_per_day;  // [layers * cells] of the aquifer
  double vertical_ratio = 0.1;
  std::vector<double> specific_yield;  // [cells] of a deep water table
  double shallow_share = 1, shallow_length_m = 0;
  double lower_storage_per_m = 1e-5;
  std::vector<Soil> soils;
  std::vector<int> soil;  // [cells] index into soils
  std::vector<Site> stations;
  std::vector<int> station;  // [cells]
  std::vector<District> districts;
  std::vector<int> district;       // [cells]; kNowhere: no irrigation
  std::vector<Reach> reaches;      // every reach before its downstream one
  std::vector<int> reach_of_cell;  // [cells] the reach that the cell's runoff and drains go to
  std::vector<double> river_km;    // [cells] to the nearest reach
  std::vector<FieldDrain> drains;
  double seepage_resistance_days = 1;
  double runoff_days = 2;
  std::vector<Gauge> gauges;  // the outlet first

  double area_m2() const { return cell_m * cell_m; }
  double x_km(std::size_t cell) const { return 1e-3 * cell_m * (shape.column(cell) + 0.5); }
  double y_km(std::size_t cell) const { return 1e-3 * cell_m * (shape.rows - shape.row(cell) - 0.5); }
  WellType type(std::size_t cell) const { return soils[static_cast<std::size_t>(soil[cell])].type; }
};

Landscape make_landscape(const BasinParams& p);

// The cell of each well: equal numbers of each type of dynamics in the order of `types`, off the rivers,
// spread out.
std::vector<std::size_t> place_wells(const Landscape& land, const std::vector<WellType>& types,
                                     std::uint64_t seed);

}  // namespace phreatic::basin
