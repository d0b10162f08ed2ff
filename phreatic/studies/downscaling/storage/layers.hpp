// SPDX-License-Identifier: BSD-3-Clause
// Inputs that are not read as they are: slope and wetness of elevations, and the table of true causes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/grid/grid_file.hpp"
#include "phreatic/studies/downscaling/storage/inputs.hpp"

namespace phreatic::studies::downscaling {

// [cell of target] "slope" (degrees) or "wetness" (index) of a map of elevations, made on the map's own cells and brought
// to the target as means by area. Without a unit elevations are taken as metres, which goes to `warned`. Throws InputError.
std::vector<double> terrain_of(const std::filesystem::path& path, data::GridSource source,
                               const std::string& what, const data::GeoGrid& target, double min_coverage,
                               std::vector<std::string>& warned);

// Of a table with the columns driver and share, and any others, which are further definitions of the share.
std::vector<TrueCauses> read_causes(const std::string& file, core::Problems& problems);

}  // namespace phreatic::studies::downscaling
