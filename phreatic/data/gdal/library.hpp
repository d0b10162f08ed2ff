// SPDX-License-Identifier: BSD-3-Clause
// The functions of libphreatic_gdal.so, opened at first use.
#pragma once

#include <array>

#include "phreatic/data/gdal/interface.h"

namespace phreatic::data {

struct GdalLibrary {
  decltype(&phreatic_gdal_version) version = nullptr;
  decltype(&phreatic_gdal_open) open = nullptr;
  decltype(&phreatic_gdal_close) close = nullptr;
  decltype(&phreatic_gdal_text) text = nullptr;
  decltype(&phreatic_gdal_read) read = nullptr;
  decltype(&phreatic_gdal_read_bytes) read_bytes = nullptr;
  decltype(&phreatic_gdal_crs) crs = nullptr;
  decltype(&phreatic_gdal_compare_crs) compare_crs = nullptr;
  decltype(&phreatic_gdal_transform_open) transform_open = nullptr;
  decltype(&phreatic_gdal_transform) transform = nullptr;
  decltype(&phreatic_gdal_transform_close) transform_close = nullptr;
  decltype(&phreatic_gdal_shapes) shapes = nullptr;
  decltype(&phreatic_gdal_create) create = nullptr;
  decltype(&phreatic_gdal_put) put = nullptr;
  decltype(&phreatic_gdal_put_bytes) put_bytes = nullptr;
  decltype(&phreatic_gdal_finish) finish = nullptr;
  decltype(&phreatic_gdal_write_zones) write_zones = nullptr;
};

using GdalError = std::array<char, 1024>;

// Throws RunError when the library is not beside the program, or of another version. Hold netcdf_mutex() in
// every call of its functions.
const GdalLibrary& gdal();

}  // namespace phreatic::data
