// SPDX-License-Identifier: BSD-3-Clause
// Cloud-optimised GeoTIFF files (tiles of 512 cells, deflated, with overviews), written through GDAL window by
// window, all or nothing; and GeoPackages of zones.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "phreatic/data/grid/geogrid.hpp"

struct PhreaticWriter;

namespace phreatic::data::io {

enum class RasterType { float64, float32, bytes };

struct RasterSchema {
  GeoGrid grid;
  std::vector<std::string> bands;  // a name each
  RasterType type = RasterType::float64;
  std::string unit;
  std::optional<double> missing;  // of bytes; NaN is the value for missing otherwise
  std::vector<std::pair<std::string, std::string>> about;
};

class RasterWriter {
 public:
  // Values row by row; NaN = missing. Throws RunError.
  void put(std::size_t band, const Window& window, std::span<const double> values);
  void put(std::size_t band, const Window& window, std::span<const std::uint8_t> values);

 private:
  friend void write_geotiff(const std::filesystem::path&, const RasterSchema&,
                            const std::function<void(RasterWriter&)>&);
  std::string path_;
  PhreaticWriter* writer_ = nullptr;
};

// Throws RunError (disk, no GDAL).
void write_geotiff(const std::filesystem::path& path, const RasterSchema& schema,
                   const std::function<void(RasterWriter&)>& fill);

// The zones of a vector file with columns of numbers more, as a GeoPackage. values: [zone][column], NaN = null.
// Throws RunError.
void write_zones(const std::filesystem::path& path, const std::filesystem::path& zones,
                 const std::string& layer, const std::vector<std::string>& columns,
                 std::span<const double> values);

}  // namespace phreatic::data::io
