// SPDX-License-Identifier: BSD-3-Clause
// Heads of a head file as CF-NetCDF: head(time, layer, y, x), NaN where inactive or dry; x and y of cell
// centres in the model's own coordinates (XORIGIN, YORIGIN, unrotated), times in the model's time unit.
#pragma once

#include <filesystem>
#include <string>

#include "phreatic/flow/model.hpp"

namespace phreatic::flow::mf6 {

// "m", "ft", "cm" of DIS's LENGTH_UNITS, "1" without.
std::string length_unit(const std::string& units);

void write_netcdf_heads(const std::filesystem::path& head_file, const Model& model,
                        const std::filesystem::path& path);

}  // namespace phreatic::flow::mf6
