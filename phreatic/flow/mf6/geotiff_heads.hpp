// SPDX-License-Identifier: BSD-3-Clause
// Heads of a head file as GeoTIFF: a file for every saved step, a band for every layer, NaN where inactive or
// dry. Cells stand where XORIGIN, YORIGIN and ANGROT (degrees, counter-clockwise about the origin) put them.
#pragma once

#include <array>
#include <filesystem>
#include <vector>

#include "phreatic/flow/model.hpp"

namespace phreatic::flow::mf6 {

// Corners of cells: x = t0 + column t1 + row t2, y = t3 + column t4 + row t5, from the corner of cell (1, 1).
std::array<double, 6> corner_transform(const Grid& grid);

// Throws InputError when the cells are not equally wide and high, or nobody knows the coordinate system.
void check_geotiff(const Grid& grid);

// The files written: head_p0001_s0001.tif and so on. Throws RunError (disk).
std::vector<std::filesystem::path> write_geotiff_heads(const std::filesystem::path& head_file,
                                                       const Model& model,
                                                       const std::filesystem::path& folder);

}  // namespace phreatic::flow::mf6
