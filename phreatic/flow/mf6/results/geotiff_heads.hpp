// SPDX-License-Identifier: BSD-3-Clause
// Heads of a head file as GeoTIFF: a file for every saved step, a band for every layer, NaN where inactive or
// dry. Cells stand where XORIGIN, YORIGIN and ANGROT (degrees, counter-clockwise about the origin) put them.
#pragma once

#include <filesystem>
#include <vector>

#include "phreatic/data/grid/geogrid.hpp"
#include "phreatic/flow/model.hpp"

namespace phreatic::flow::mf6 {

// Where the cells are, from row 1 on; cells of one size.
data::GeoGrid geo_grid(const Grid& grid);

// Throws InputError when the cells are not equally wide and high, or nobody knows the coordinate system.
void check_geotiff(const Grid& grid);

// The files written: head_p0001_s0001.tif and so on. Throws RunError (disk).
std::vector<std::filesystem::path> write_geotiff_heads(const std::filesystem::path& head_file,
                                                       const Model& model,
                                                       const std::filesystem::path& folder);

}  // namespace phreatic::flow::mf6
