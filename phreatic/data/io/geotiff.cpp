// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/io/geotiff.hpp"

#include <algorithm>
#include <mutex>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files.hpp"
#include "phreatic/data/gdal/library.hpp"
#include "phreatic/data/io/netcdf.hpp"

namespace phreatic::data::io {

void write_geotiff(const std::filesystem::path& path, const Raster& raster) {
  std::vector<const char*> bands;
  std::vector<const char*> keys;
  std::vector<const char*> texts;
  for (const std::string& name : raster.bands) bands.push_back(name.c_str());
  for (const auto& [key, text] : raster.about) {
    keys.push_back(key.c_str());
    texts.push_back(text.c_str());
  }
  PhreaticRaster out{};
  out.width = raster.width;
  out.height = raster.height;
  out.bands = static_cast<int>(bands.size());
  std::copy(raster.transform.begin(), raster.transform.end(), out.transform);
  out.crs = raster.crs.c_str();
  out.values = raster.values.data();
  out.band_names = bands.data();
  out.unit = raster.unit.c_str();
  out.items = static_cast<int>(keys.size());
  out.keys = keys.data();
  out.texts = texts.data();
  core::write_atomic_with(path, [&](const std::string& temporary) {
    const std::lock_guard lock(netcdf_mutex());
    GdalError error{};
    if (gdal().write(temporary.c_str(), &out, error.data(), error.size()) != 0)
      throw core::RunError(path.string() + ": " + error.data());
  });
}

void check_crs(const std::string& crs) {
  const std::lock_guard lock(netcdf_mutex());
  GdalError error{};
  if (gdal().check_crs(crs.c_str(), error.data(), error.size()) != 0)
    throw core::InputError({.where = "coordinate system '" + crs + "'",
                            .what = error.data(),
                            .allowed = "a code like EPSG:28992, WKT or PROJ text"});
}

}  // namespace phreatic::data::io
