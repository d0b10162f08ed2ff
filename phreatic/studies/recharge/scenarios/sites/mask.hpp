// SPDX-License-Identifier: BSD-3-Clause
// Maps of the user's on the model's grid.
#pragma once

#include <string>
#include <vector>

#include "phreatic/data/grid/grid_file.hpp"
#include "phreatic/studies/recharge/scenarios/ground.hpp"

namespace phreatic::studies::recharge {

// A file whose cells are the model's, to read from. Throws InputError for others, with the regridding that mends it.
data::GridFile open_on_grid(const Ground& ground, const std::string& path);

// [places] values of a GeoTIFF (or anything that GDAL reads), NaN = missing; empty for an empty path. Throws InputError
// for cells that are not the model's, with the regridding that mends it.
std::vector<double> read_mask(const Ground& ground, const std::string& path);

}  // namespace phreatic::studies::recharge
