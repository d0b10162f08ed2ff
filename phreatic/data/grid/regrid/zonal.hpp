// SPDX-License-Identifier: BSD-3-Clause
// Statistics of grids over polygons with holes and parts, weighted by the exact share of every cell that a polygon
// covers. Method: docs/methods/grids.md.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/data/grid/grid_file.hpp"
#include "phreatic/data/grid/regrid/coverage.hpp"

namespace phreatic::data {

struct Zone {
  std::string id;
  std::string trouble;  // what was wrong with its geometry, "" nothing
  std::vector<Polygon> polygons;
  std::size_t turned = 0;  // how many of them, the last, repeat others a whole turn further east or west
};

struct ZoneFile {
  std::vector<Zone> zones;
  std::string crs;  // "" = not declared
};

struct ZoneParams {
  std::string layer;    // "" = the first
  std::string id;       // field with the names; "" numbers them
  std::string crs;      // where the file has none or a wrong one
  bool repair = false;  // mend polygons that cross themselves, and tell it
};
void describe(core::Describer& d, ZoneParams& p);

// Polygons of a vector file in its coordinate system. Throws InputError: cannot be read, no such layer or field, and
// (unless mended) polygons that cross themselves, by name. segment: no edge is longer, 0 leaves them.
ZoneFile read_zones(const std::filesystem::path& path, const ZoneParams& params, double segment,
                    std::vector<std::string>& said);
// The same as columns and rows of a grid, through coordinate systems and around the Earth.
ZoneFile zones_on_grid(const std::filesystem::path& path, const ZoneParams& params, const GeoGrid& grid,
                       std::vector<std::string>& said);

enum class ZonalWeights { area, cells };

struct ZonalParams {
  // count, sum (of shares; of share x value), mean, min, max, stdev, variance, median, q05 ... (any percentile),
  // majority, variety, covered (share of the polygon's cells that has values)
  std::vector<std::string> statistics = {"count", "mean"};
  // area: a cell of a geographic grid weighs as much as its area on the sphere; cells: all weigh the same. count, sum,
  // min, max do not depend on it.
  ZonalWeights weights = ZonalWeights::area;
};
void describe(core::Describer& d, ZonalParams& p);

struct ZonalTable {
  std::vector<std::string> zones;
  std::vector<std::string> statistics;
  std::vector<double> values;  // [band][zone][statistic], NaN where no cell has a value
  std::vector<std::string> said;
};

// Bands of values on one grid; zones: in its columns and rows. Throws InputError for statistics that are not known.
ZonalTable zonal(const Bands& values, std::size_t bands, const GeoGrid& grid, const std::vector<Zone>& zones,
                 const ZonalParams& params);
// zones: in columns and rows of the stack's grid. Throws InputError for statistics that are not known and values that
// look like undeclared fill values. Zones without a cell are told, and those that reach beyond the grid by more than
// 0.1 % of their area in columns and rows.
ZonalTable zonal(const GridStack& stack, const std::vector<Zone>& zones, const ZonalParams& params,
                 const core::Context& context);

}  // namespace phreatic::data
