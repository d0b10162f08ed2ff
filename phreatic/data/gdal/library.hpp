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
  decltype(&phreatic_gdal_band_time) band_time = nullptr;
  decltype(&phreatic_gdal_read) read = nullptr;
  decltype(&phreatic_gdal_to_pixel) to_pixel = nullptr;
  decltype(&phreatic_gdal_shapes) shapes = nullptr;
  decltype(&phreatic_gdal_write) write = nullptr;
  decltype(&phreatic_gdal_check_crs) check_crs = nullptr;
};

using GdalError = std::array<char, 1024>;

// Throws RunError when the library is not beside the program, or of another version. Hold netcdf_mutex() in
// every call of its functions.
const GdalLibrary& gdal();

}  // namespace phreatic::data
