// SPDX-License-Identifier: BSD-3-Clause
// Cubes [variable][time][y][x] as chunked CF-NetCDF files (CF-1.8; key cf18) or Zarr stores, written window by window, all or nothing.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/data/grid/geogrid.hpp"
#include "phreatic/data/io/netcdf.hpp"

namespace phreatic::data {

struct CubeVariable {
  std::string name;
  std::string unit;
  std::string long_name;
};

struct CubeSchema {
  GeoGrid grid;                      // aligned
  std::vector<core::Seconds> times;  // increasing; empty: the cube has no time
  std::vector<CubeVariable> variables;
  io::NcAttributes attributes;  // title, history, source ...
};

class ZarrWriter;

class CubeWriter {
 public:
  // A window of a variable at a time (0 without times), row by row, NaN = missing.
  void put(std::size_t variable, std::size_t time, const Window& window, std::span<const double> values);

 private:
  friend void write_cube(const std::filesystem::path&, const CubeSchema&,
                         const std::function<void(CubeWriter&)>&);
  io::NcWriter* writer_ = nullptr;
  ZarrWriter* store_ = nullptr;
  const CubeSchema* schema_ = nullptr;
  std::vector<float> buffer_;
};

// A name that ends in .zarr becomes a Zarr store in place of a file (zarr.hpp). Throws InputError for a rotated or sheared
// grid (CF has no axes for it), RunError (disk full).
void write_cube(const std::filesystem::path& path, const CubeSchema& schema,
                const std::function<void(CubeWriter&)>& fill);

}  // namespace phreatic::data
