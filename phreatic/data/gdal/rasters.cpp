// SPDX-License-Identifier: BSD-3-Clause
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <string>

#include "phreatic/data/gdal/interface.h"
#include "phreatic/data/gdal/internal.hpp"

using namespace phreatic::gdal_library;

struct PhreaticGrid {
  GDALDatasetH dataset = nullptr;
  std::string time;  // the dimension of a NetCDF file whose units are "... since ..."
  OpenStore store;   // of a Zarr store
};

namespace phreatic::gdal_library {

void start() {
  static const bool registered = [] {
    CPLSetErrorHandler(CPLQuietErrorHandler);
    CPLSetConfigOption("GDAL_PAM_ENABLED", "NO");  // no .aux.xml files beside the user's
    GDALAllRegister();
    GDALSetCacheMax64(64LL << 20);
    return true;
  }();
  static_cast<void>(registered);
  CPLErrorReset();
}

int fail(char* error, int size, const std::string& text) {
  const char* reason = CPLGetLastErrorMsg();
  const std::string all = reason != nullptr && *reason != '\0' ? text + ": " + reason : text;
  copy_text(all, error, size);
  return 1;
}

void copy_text(const std::string& text, char* out, int size) {
  std::snprintf(out, static_cast<std::size_t>(size), "%s", text.c_str());
}

}  // namespace phreatic::gdal_library

namespace {

std::string metadata(GDALMajorObjectH object, const std::string& name) {
  const char* value = GDALGetMetadataItem(object, name.c_str(), nullptr);
  return value == nullptr ? "" : value;
}

// The name that GDAL wants for one variable of a NetCDF file.
std::string dataset_name(const std::string& path, const std::string& variable) {
  const auto ends_with = [&](const char* end) {
    const std::size_t n = std::strlen(end);
    return path.size() > n && path.compare(path.size() - n, n, end) == 0;
  };
  if (variable.empty() || !(ends_with(".nc") || ends_with(".nc4") || ends_with(".cdf"))) return path;
  return "NETCDF:\"" + path + "\":" + variable;
}

std::string variables_of(GDALDatasetH dataset) {
  std::string names;
  char** list = GDALGetMetadata(dataset, "SUBDATASETS");
  for (int i = 0; list != nullptr && list[i] != nullptr; ++i) {
    const std::string item = list[i];
    if (item.find("_NAME=") != std::string::npos)
      names += (names.empty() ? "" : ", ") + item.substr(item.rfind(':') + 1);
  }
  return names;
}

// "{valid_time,number}" or the items NAME#units: the first dimension counted "since" a date.
std::string time_dimension(GDALDatasetH dataset) {
  char** list = GDALGetMetadata(dataset, nullptr);
  for (int i = 0; list != nullptr && list[i] != nullptr; ++i) {
    const std::string item = list[i];
    const std::size_t hash = item.find("#units=");
    if (hash == std::string::npos || item.find(" since ") == std::string::npos) continue;
    std::string name = item.substr(0, hash);
    if (!metadata(GDALGetRasterBand(dataset, 1), "NETCDF_DIM_" + name).empty()) return name;
  }
  return "";
}

// The axes of a NetCDF file say by their units or standard names that they are latitude and longitude, and none says
// that it is a projected or rotated one.
bool axes_of_degrees(GDALDatasetH dataset) {
  const auto any = [](const std::string& item, std::initializer_list<const char*> ends) {
    return std::any_of(ends.begin(), ends.end(), [&](const char* end) {
      const std::size_t n = std::strlen(end);
      return item.size() > n && item.compare(item.size() - n, n, end) == 0;
    });
  };
  bool north = false;
  bool east = false;
  char** list = GDALGetMetadata(dataset, nullptr);
  for (int i = 0; list != nullptr && list[i] != nullptr; ++i) {
    const std::string item = list[i];
    if (any(item, {"#standard_name=projection_x_coordinate", "#standard_name=projection_y_coordinate",
                   "#standard_name=grid_longitude", "#standard_name=grid_latitude"}))
      return false;
    north = north ||
            any(item, {"#units=degrees_north", "#units=degree_north", "#units=degrees_N", "#units=degree_N",
                       "#units=degreesN", "#units=degreeN", "#standard_name=latitude"});
    east =
        east || any(item, {"#units=degrees_east", "#units=degree_east", "#units=degrees_E", "#units=degree_E",
                           "#units=degreesE", "#units=degreeE", "#standard_name=longitude"});
  }
  return north && east;
}

void describe_band(GDALRasterBandH band, PhreaticGridInfo* info) {
  GDALGetBlockSize(band, &info->block_width, &info->block_height);
  const GDALDataType type = GDALGetRasterDataType(band);
  info->bytes = type == GDT_Byte ? 1 : 0;
  info->whole =
      type == GDT_Byte || type == GDT_Int16 || type == GDT_UInt16 || type == GDT_Int32 || type == GDT_UInt32
          ? 1
          : 0;
  info->missing = GDALGetRasterNoDataValue(band, &info->has_missing);
  info->scale = GDALGetRasterScale(band, nullptr);
  info->offset = GDALGetRasterOffset(band, nullptr);
}

}  // namespace

extern "C" {

int phreatic_gdal_version(void) { return PHREATIC_GDAL_VERSION; }

int phreatic_gdal_open(const char* path, const char* variable, PhreaticGrid** grid, PhreaticGridInfo* info,
                       char* error, int error_size) {
  start();
  const char* options[] = {"NUM_THREADS=2", nullptr};
  OpenStore store;
  std::string what;
  if (is_store(path) && !open_store(path, variable, store, what)) return fail(error, error_size, what);
  GDALDatasetH dataset = store.dataset != nullptr
                             ? store.dataset
                             : GDALOpenEx(dataset_name(path, variable).c_str(),
                                          GDAL_OF_RASTER | GDAL_OF_READONLY, nullptr, nullptr, nullptr);
  if (dataset != nullptr && store.dataset == nullptr &&
      std::strcmp(GDALGetDriverShortName(GDALGetDatasetDriver(dataset)), "GTiff") == 0) {
    GDALClose(dataset);
    dataset = GDALOpenEx(path, GDAL_OF_RASTER | GDAL_OF_READONLY, nullptr, options, nullptr);
  }
  if (dataset == nullptr) return fail(error, error_size, "cannot be opened as a grid");
  if (GDALGetRasterCount(dataset) == 0) {
    const std::string names = variables_of(dataset);
    GDALClose(dataset);
    CPLErrorReset();
    return fail(error, error_size,
                names.empty() ? "it holds no grid" : "it holds several variables: " + names);
  }
  info->width = GDALGetRasterXSize(dataset);
  info->height = GDALGetRasterYSize(dataset);
  info->bands = GDALGetRasterCount(dataset);
  info->placed = GDALGetGeoTransform(dataset, info->transform) == CE_None ? 1 : 0;
  if (info->placed == 0 && store.dataset == nullptr && (info->width == 1 || info->height == 1))
    info->placed = place_by_axes(path, variable, info->transform);
  describe_band(GDALGetRasterBand(dataset, 1), info);
  *grid = new PhreaticGrid{dataset, time_dimension(dataset), std::move(store)};
  CPLErrorReset();
  return 0;
}

void phreatic_gdal_close(PhreaticGrid* grid) {
  if (grid == nullptr) return;
  if (grid->dataset != nullptr) GDALClose(grid->dataset);
  delete grid;
}

void phreatic_gdal_text(PhreaticGrid* grid, int band, const char* key, char* text, int* size) {
  start();
  GDALMajorObjectH object = grid->dataset;
  if (band >= 0) object = GDALGetRasterBand(grid->dataset, band + 1);
  const std::string name = key;
  std::string out;
  const std::vector<double>& times = grid->store.times;
  if (name == "crs") {
    out = wkt_of(GDALGetSpatialRef(grid->dataset));
  } else if (name == "unit") {
    out = GDALGetRasterUnitType(object);
  } else if (name == "time_units") {
    if (!times.empty()) out = grid->store.time_units;
    if (!grid->time.empty()) out = metadata(grid->dataset, grid->time + "#units");
  } else if (name == "time_calendar") {
    if (!times.empty()) out = grid->store.time_calendar;
    if (!grid->time.empty()) out = metadata(grid->dataset, grid->time + "#calendar");
  } else if (name == "time_value") {
    if (band >= 0 && static_cast<std::size_t>(band) < times.size())
      out = CPLSPrintf("%.17g", times[static_cast<std::size_t>(band)]);
    if (!grid->time.empty()) out = metadata(object, "NETCDF_DIM_" + grid->time);
  } else if (name == "axes") {
    if (grid->store.degrees || axes_of_degrees(grid->dataset)) out = "degrees";
  } else if (name == "description") {
    out = GDALGetDescription(object);
  } else {
    out = metadata(object, name);
  }
  if (text != nullptr) copy_text(out, text, *size);
  *size = static_cast<int>(out.size()) + 1;
}

int phreatic_gdal_read(PhreaticGrid* grid, int band, int column, int row, int columns, int rows,
                       double* values, char* error, int error_size) {
  start();
  GDALRasterBandH handle = GDALGetRasterBand(grid->dataset, band + 1);
  if (handle == nullptr || GDALRasterIO(handle, GF_Read, column, row, columns, rows, values, columns, rows,
                                        GDT_Float64, 0, 0) != CE_None)
    return fail(error, error_size, "values cannot be read");
  int has_missing = 0;
  const double missing = GDALGetRasterNoDataValue(handle, &has_missing);
  // GDAL tells the missing value of a band of floats as a double: -3.4e38 written with fewer digits is met too.
  const bool floats = GDALGetRasterDataType(handle) == GDT_Float32;
  const double scale = GDALGetRasterScale(handle, nullptr);
  const double offset = GDALGetRasterOffset(handle, nullptr);
  const std::size_t count = static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows);
  for (std::size_t i = 0; i < count; ++i) {
    const bool same =
        values[i] == missing || (floats && static_cast<float>(values[i]) == static_cast<float>(missing));
    values[i] =
        has_missing != 0 && same ? std::numeric_limits<double>::quiet_NaN() : values[i] * scale + offset;
  }
  return 0;
}

int phreatic_gdal_read_bytes(PhreaticGrid* grid, int band, int column, int row, int columns, int rows,
                             unsigned char* values, char* error, int error_size) {
  start();
  GDALRasterBandH handle = GDALGetRasterBand(grid->dataset, band + 1);
  if (handle == nullptr || GDALRasterIO(handle, GF_Read, column, row, columns, rows, values, columns, rows,
                                        GDT_Byte, 0, 0) != CE_None)
    return fail(error, error_size, "values cannot be read");
  return 0;
}

}  // extern "C"
