// SPDX-License-Identifier: BSD-3-Clause
// Sites as polygons for a geographic information system.
#pragma once

#include <filesystem>
#include <vector>

#include "phreatic/studies/recharge/page/tables.hpp"
#include "phreatic/studies/recharge/scenarios/ground.hpp"
#include "phreatic/studies/recharge/scenarios/sites/sites.hpp"

namespace phreatic::studies::recharge {

// A GeoPackage with the rectangle of each row's site and the table's columns of numbers; `extents` [rows] has the first
// cell and the size. In the model's reference system, or without one where the model has none. Throws RunError.
void write_geopackage(const Ground& ground, const std::vector<Site>& extents, const Table& table,
                      const std::filesystem::path& path);

// The rectangles around the cells of a ranking (columns row and column, from 1).
std::vector<Site> ranked_extents(const Table& ranking, const Extent& extent);

}  // namespace phreatic::studies::recharge
