// SPDX-License-Identifier: BSD-3-Clause
// GeoTIFF files, written through GDAL.
#pragma once

#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace phreatic::data::io {

struct Raster {
  int width = 0, height = 0;
  // x = t0 + column t1 + row t2, y = t3 + column t4 + row t5 of cell corners, from the upper left one.
  std::array<double, 6> transform{};
  std::string crs;  // "EPSG:28992", WKT or PROJ text; "" none
  std::string unit;
  std::vector<std::string> bands;  // a name each
  std::span<const double> values;  // [bands][height][width], NaN = missing
  std::vector<std::pair<std::string, std::string>> about;
};

// Tiled, deflated, doubles, NaN as the value for missing. All or nothing. Throws RunError (disk, no GDAL).
void write_geotiff(const std::filesystem::path& path, const Raster& raster);

// Throws InputError when GDAL does not know the coordinate system.
void check_crs(const std::string& crs);

}  // namespace phreatic::data::io
