// SPDX-License-Identifier: BSD-3-Clause
// Small grids for tests.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/data/grid/grid_file.hpp"
#include "phreatic/data/grid/regrid/resample.hpp"
#include "phreatic/data/io/geotiff.hpp"
#include "scratch.hpp"

namespace phreatic::data {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

inline core::Context quiet() {
  static core::Log log(true);
  return {log, false};
}

inline GeoGrid degrees(double west, double south, double east, double north, double cell) {
  return grid_from_bounds(west, south, west + cell * std::round((east - west) / cell),
                          south + cell * std::round((north - south) / cell), cell, "EPSG:4326", true);
}

inline void write_grid(const std::string& path, const GeoGrid& grid,
                       const std::vector<std::vector<double>>& bands,
                       io::RasterType type = io::RasterType::float64,
                       std::optional<double> missing = std::nullopt) {
  io::RasterSchema schema{.grid = grid, .type = type, .missing = missing};
  for (std::size_t b = 0; b < bands.size(); ++b) schema.bands.push_back(fmt::format("b{}", b + 1));
  io::write_geotiff(path, schema, [&](io::RasterWriter& writer) {
    for (std::size_t b = 0; b < bands.size(); ++b)
      writer.put(b, {0, 0, grid.width, grid.height}, std::span<const double>(bands[b]));
  });
}

inline std::vector<double> regrid(const std::string& path, const GeoGrid& target, const RegridParams& params,
                                  const GridSource& source = {}) {
  const GridFile file(path, source);
  std::vector<double> out(target.cells());
  Regridder(file.grid(), target, params).band(file, 0, [&](const Window& w, std::span<const double> values) {
    std::copy(values.begin(), values.end(),
              out.begin() + static_cast<std::ptrdiff_t>(w.row) * static_cast<std::ptrdiff_t>(target.width));
  });
  file.refuse_fill_values();
  return out;
}

inline std::string square(const std::string& name, double x0, double y0, double x1, double y1) {
  return fmt::format(
      R"({{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"name":"{}"}},"geometry":{{"type":"Polygon","coordinates":[[[{},{}],[{},{}],[{},{}],[{},{}],[{},{}]]]}}}}]}})",
      name, x0, y0, x1, y0, x1, y1, x0, y1, x0, y0);
}

}  // namespace phreatic::data
