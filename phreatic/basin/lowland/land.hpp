// SPDX-License-Identifier: BSD-3-Clause
// The land of the lowland catchment, on its own grid and brought to the cells of a model.
#pragma once

#include <string>
#include <vector>

#include "phreatic/basin/groundwater/terrain.hpp"
#include "phreatic/basin/lowland/lowland.hpp"

namespace phreatic::basin {

// Part of a stream in a cell of the model.
struct StreamPart {
  std::size_t cell = 0;
  double length_m = 0;
  double upstream_km2 = 0;
  double surface_m = 0;  // of the land beside it
};

struct LowlandLand {
  Shape terrain;                // grid of the land
  Shape shape;                  // cells of the model
  std::vector<double> surface;  // [cells of the model] m
  std::vector<double> plain;    // [cells of the model] m, without hills
  std::vector<double> wetness;  // [cells of the model] rank 0..1 of how low and how drained-to a cell is
  std::vector<double> west;     // [cells of the model] 0 in the east, 1 in the west
  std::vector<StreamPart> streams;
};
LowlandLand make_lowland_land(const LowlandParams& p);

// A standard normal field with a correlation length, [cells of the model].
std::vector<double> lowland_field(const LowlandParams& p, const LowlandLand& land, double range_m,
                                  const std::string& purpose);

// Ranks 0..1 of values.
std::vector<double> ranks(const std::vector<double>& values);

// Climate of the year by month from September on, m/d: precipitation, and evapotranspiration by Makkink's formula.
struct LowlandMonth {
  double rain = 0, evaporation = 0;
  bool winter = false;
};
const std::vector<LowlandMonth>& lowland_year();

}  // namespace phreatic::basin
