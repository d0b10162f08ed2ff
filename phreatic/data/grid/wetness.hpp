// SPDX-License-Identifier: BSD-3-Clause
// Topographic wetness index ln(a / tan b) of a digital elevation model (key beven1979): b the slope of a cell, a the area
// that drains through it over the width of the cell, m. Pits are filled up to their outlets, and water goes to the
// lowest-lying of the eight neighbours by gradient (priority flood, key barnes2014; D8, key ocallaghan1984).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "phreatic/data/grid/slope.hpp"

namespace phreatic::data {

// Largest map: wetness needs all of it in memory (about 40 bytes a cell).
inline constexpr std::size_t kMostWetnessCells = 60'000'000;
inline constexpr double kLeastGradient = 1e-3;  // of a flat cell's tan b

// Throws InputError where the map `file` has more cells, or is rotated or sheared.
void require_wetness_size(const std::string& file, const GeoGrid& grid);

// Area in m2 that drains through each cell of a map [row][column], its own included; NaN where there is no elevation. Water
// leaves where no neighbour is lower at the edge or beside cells without elevation.
std::vector<double> drained_area_m2(std::span<const double> elevation_m, const GeoGrid& grid);

// The index of each cell; NaN where the slope is not known (at the edge, beside cells without elevation).
std::vector<double> wetness_index(std::span<const double> elevation_m, const GeoGrid& grid);

}  // namespace phreatic::data
