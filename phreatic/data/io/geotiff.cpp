// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/io/geotiff.hpp"

#include <algorithm>
#include <limits>
#include <mutex>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/gdal/library.hpp"
#include "phreatic/data/io/netcdf.hpp"

namespace phreatic::data::io {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, const GdalError& error) {
  throw core::RunError(path.string() + ": " + error.data());
}

// What GDAL wants, with pointers into a schema.
struct Described {
  explicit Described(const RasterSchema& schema) {
    for (const std::string& name : schema.bands) bands.push_back(name.c_str());
    for (const auto& [key, text] : schema.about) {
      keys.push_back(key.c_str());
      texts.push_back(text.c_str());
    }
    raster.width = schema.grid.width;
    raster.height = schema.grid.height;
    raster.bands = static_cast<int>(bands.size());
    std::copy(schema.grid.transform.begin(), schema.grid.transform.end(), raster.transform);
    raster.crs = schema.grid.crs.c_str();
    raster.type = static_cast<int>(schema.type);
    raster.has_missing = schema.type != RasterType::bytes || schema.missing ? 1 : 0;
    raster.missing = schema.type == RasterType::bytes ? schema.missing.value_or(0)
                                                      : std::numeric_limits<double>::quiet_NaN();
    raster.band_names = bands.data();
    raster.unit = schema.unit.c_str();
    raster.items = static_cast<int>(keys.size());
    raster.keys = keys.data();
    raster.texts = texts.data();
  }
  std::vector<const char*> bands, keys, texts;
  PhreaticRaster raster{};
};

// Removes a file when its scope ends.
struct Removed {
  std::filesystem::path path;
  ~Removed() {
    std::error_code error;
    std::filesystem::remove(path, error);
  }
};

}  // namespace

void RasterWriter::put(std::size_t band, const Window& w, std::span<const double> values) {
  PHREATIC_ASSERT(values.size() == w.cells());
  const std::lock_guard lock(netcdf_mutex());
  GdalError error{};
  if (gdal().put(writer_, static_cast<int>(band), w.column, w.row, w.columns, w.rows, values.data(),
                 error.data(), error.size()) != 0)
    refuse(path_, error);
}

void RasterWriter::put(std::size_t band, const Window& w, std::span<const std::uint8_t> values) {
  PHREATIC_ASSERT(values.size() == w.cells());
  const std::lock_guard lock(netcdf_mutex());
  GdalError error{};
  if (gdal().put_bytes(writer_, static_cast<int>(band), w.column, w.row, w.columns, w.rows, values.data(),
                       error.data(), error.size()) != 0)
    refuse(path_, error);
}

void write_geotiff(const std::filesystem::path& path, const RasterSchema& schema,
                   const std::function<void(RasterWriter&)>& fill) {
  const Described described(schema);
  core::write_atomic_with(path, [&](const std::string& temporary) {
    // Tiles first; then a copy in the order of a Cloud-optimised GeoTIFF, overviews before the cells.
    const Removed tiles{temporary + ".tiles"};
    RasterWriter writer;
    writer.path_ = path.string();
    GdalError error{};
    {
      const std::lock_guard lock(netcdf_mutex());
      if (gdal().create(tiles.path.c_str(), &described.raster, &writer.writer_, error.data(), error.size()) !=
          0)
        refuse(path, error);
    }
    try {
      fill(writer);
    } catch (...) {
      const std::lock_guard lock(netcdf_mutex());
      gdal().finish(writer.writer_, "", error.data(), error.size());
      throw;
    }
    const std::lock_guard lock(netcdf_mutex());
    if (gdal().finish(writer.writer_, temporary.c_str(), error.data(), error.size()) != 0)
      refuse(path, error);
  });
}

void write_zones(const std::filesystem::path& path, const std::filesystem::path& zones,
                 const std::string& layer, const std::vector<std::string>& columns,
                 std::span<const double> values) {
  PHREATIC_ASSERT(!columns.empty() && values.size() % columns.size() == 0);
  std::vector<const char*> names;
  for (const std::string& column : columns) names.push_back(column.c_str());
  core::write_atomic_with(path, [&](const std::string& temporary) {
    const std::lock_guard lock(netcdf_mutex());
    GdalError error{};
    if (gdal().write_zones(zones.c_str(), layer.c_str(), temporary.c_str(),
                           static_cast<int>(values.size() / columns.size()), static_cast<int>(columns.size()),
                           names.data(), values.data(), error.data(), error.size()) != 0)
      refuse(path, error);
  });
}

}  // namespace phreatic::data::io
