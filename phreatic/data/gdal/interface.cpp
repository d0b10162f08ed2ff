// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/gdal/interface.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

struct PhreaticGrid {
  GDALDatasetH dataset = nullptr;
  OGRCoordinateTransformationH to_grid = nullptr;
  double inverse[6] = {};
  std::string time_units;  // of a NetCDF file: "hours since 1900-01-01 00:00:00"
};

namespace {

int fail(char* error, int size, const std::string& text) {
  const char* reason = CPLGetLastErrorMsg();
  const std::string all = reason != nullptr && *reason != '\0' ? text + ": " + reason : text;
  std::snprintf(error, static_cast<std::size_t>(size), "%s", all.c_str());
  return 1;
}

void start() {
  static const bool registered = [] {
    CPLSetErrorHandler(CPLQuietErrorHandler);
    GDALAllRegister();
    return true;
  }();
  static_cast<void>(registered);
  CPLErrorReset();
}

// Longitude first, whatever the authority says.
OGRSpatialReferenceH wgs84() {
  OGRSpatialReferenceH reference = OSRNewSpatialReference(nullptr);
  OSRSetFromUserInput(reference, "EPSG:4326");
  OSRSetAxisMappingStrategy(reference, OAMS_TRADITIONAL_GIS_ORDER);
  return reference;
}

std::string metadata(GDALMajorObjectH object, const char* name) {
  const char* value = GDALGetMetadataItem(object, name, nullptr);
  return value == nullptr ? "" : value;
}

// "hours since 1900-01-01 00:00:0.0" and a number of them, to seconds since 1970.
bool decode_time(const std::string& units, double value, long long* seconds) {
  char unit[32] = {};
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  const int read =
      std::sscanf(units.c_str(), "%31s since %d-%d-%d%*[ T]%d:%d", unit, &year, &month, &day, &hour, &minute);
  if (read < 4) return false;
  double length = 0;
  for (const auto& [name, s] : {std::pair<const char*, double>{"second", 1.0},
                                {"minute", 60.0},
                                {"hour", 3600.0},
                                {"day", 86400.0}}) {
    if (std::strncmp(unit, name, std::strlen(name)) == 0) length = s;
  }
  if (length == 0) return false;
  const int shifted = month <= 2 ? year - 1 : year;  // days from civil
  const int era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const int of_era = shifted - era * 400;
  const int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const long long days = era * 146097LL + of_era * 365LL + of_era / 4 - of_era / 100 + of_year - 719468;
  *seconds = days * 86400 + hour * 3600LL + minute * 60LL + std::llround(value * length);
  return true;
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

}  // namespace

extern "C" {

int phreatic_gdal_version(void) { return PHREATIC_GDAL_VERSION; }

int phreatic_gdal_open(const char* path, const char* variable, PhreaticGrid** grid, PhreaticGridInfo* info,
                       char* error, int error_size) {
  start();
  GDALDatasetH dataset = GDALOpen(dataset_name(path, variable).c_str(), GA_ReadOnly);
  if (dataset == nullptr) return fail(error, error_size, "cannot be opened as a grid");
  if (GDALGetRasterCount(dataset) == 0) {
    std::string names;
    char** list = GDALGetMetadata(dataset, "SUBDATASETS");
    for (int i = 0; list != nullptr && list[i] != nullptr; ++i) {
      const std::string item = list[i];
      if (item.find("_NAME=") != std::string::npos)
        names += (names.empty() ? "" : ", ") + item.substr(item.rfind(':') + 1);
    }
    GDALClose(dataset);
    CPLErrorReset();
    return fail(error, error_size,
                names.empty() ? "it holds no grid" : "it holds several variables: " + names);
  }
  auto* out = new PhreaticGrid;
  out->dataset = dataset;
  info->width = GDALGetRasterXSize(dataset);
  info->height = GDALGetRasterYSize(dataset);
  info->bands = GDALGetRasterCount(dataset);
  const bool placed = GDALGetGeoTransform(dataset, info->transform) == CE_None;
  if (!placed || GDALInvGeoTransform(info->transform, out->inverse) == 0) {
    phreatic_gdal_close(out);
    return fail(error, error_size, "it does not say where its cells are (no regular grid)");
  }
  OGRSpatialReferenceH reference = GDALGetSpatialRef(dataset);
  info->has_crs = reference != nullptr ? 1 : 0;
  info->geographic = reference == nullptr || OSRIsGeographic(reference) != 0 ? 1 : 0;
  if (reference != nullptr) {
    OGRSpatialReferenceH from = wgs84();
    OGRSpatialReferenceH to = OSRClone(reference);
    OSRSetAxisMappingStrategy(to, OAMS_TRADITIONAL_GIS_ORDER);
    out->to_grid = OCTNewCoordinateTransformation(from, to);
    OSRDestroySpatialReference(from);
    OSRDestroySpatialReference(to);
    if (out->to_grid == nullptr) {
      phreatic_gdal_close(out);
      return fail(error, error_size, "its coordinate system cannot be related to longitude and latitude");
    }
  }
  out->time_units = metadata(dataset, "time#units");
  *grid = out;
  return 0;
}

void phreatic_gdal_close(PhreaticGrid* grid) {
  if (grid == nullptr) return;
  if (grid->to_grid != nullptr) OCTDestroyCoordinateTransformation(grid->to_grid);
  if (grid->dataset != nullptr) GDALClose(grid->dataset);
  delete grid;
}

int phreatic_gdal_band_time(PhreaticGrid* grid, int band, long long* seconds, int* known, char* error,
                            int error_size) {
  start();
  GDALRasterBandH handle = GDALGetRasterBand(grid->dataset, band + 1);
  if (handle == nullptr) return fail(error, error_size, "band cannot be read");
  *known = 0;
  const std::string grib = metadata(handle, "GRIB_VALID_TIME");
  const std::string netcdf = metadata(handle, "NETCDF_DIM_time");
  if (!grib.empty()) {
    *seconds = std::strtoll(grib.c_str(), nullptr, 10);
    *known = 1;
  } else if (!netcdf.empty() &&
             decode_time(grid->time_units, std::strtod(netcdf.c_str(), nullptr), seconds)) {
    *known = 1;
  }
  return 0;
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
  const double scale = GDALGetRasterScale(handle, nullptr);
  const double offset = GDALGetRasterOffset(handle, nullptr);
  const long count = static_cast<long>(columns) * rows;
  for (long i = 0; i < count; ++i) {
    if (has_missing != 0 && values[i] == missing) {
      values[i] = std::numeric_limits<double>::quiet_NaN();
    } else {
      values[i] = values[i] * scale + offset;
    }
  }
  return 0;
}

int phreatic_gdal_to_pixel(PhreaticGrid* grid, int count, const double* longitude, const double* latitude,
                           double* column, double* row, char* error, int error_size) {
  start();
  for (int i = 0; i < count; ++i) {
    double x = longitude[i];
    double y = latitude[i];
    if (grid->to_grid != nullptr && OCTTransform(grid->to_grid, 1, &x, &y, nullptr) == 0)
      return fail(error, error_size, "a place cannot be related to the grid");
    GDALApplyGeoTransform(grid->inverse, x, y, &column[i], &row[i]);
  }
  return 0;
}

namespace {

struct Walk {
  PhreaticVertex vertex;
  void* user;
  OGRCoordinateTransformationH to_wgs84;
  int part = 0;
};

void visit(OGRGeometryH geometry, const char* id, bool polygon, Walk& walk) {
  const OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(geometry));
  const int parts = OGR_G_GetGeometryCount(geometry);
  if (parts > 0) {
    for (int i = 0; i < parts; ++i)
      visit(OGR_G_GetGeometryRef(geometry, i), id, polygon || type == wkbPolygon, walk);
    return;
  }
  const int points = OGR_G_GetPointCount(geometry);
  for (int i = 0; i < points; ++i) {
    double x = OGR_G_GetX(geometry, i);
    double y = OGR_G_GetY(geometry, i);
    if (walk.to_wgs84 != nullptr) OCTTransform(walk.to_wgs84, 1, &x, &y, nullptr);
    walk.vertex(walk.user, id, walk.part, polygon ? 1 : 0, x, y);
  }
  if (points > 0) ++walk.part;
}

}  // namespace

int phreatic_gdal_shapes(const char* path, const char* layer, const char* id_field, PhreaticVertex vertex,
                         void* user, char* error, int error_size) {
  start();
  GDALDatasetH dataset = GDALOpenEx(path, GDAL_OF_VECTOR, nullptr, nullptr, nullptr);
  if (dataset == nullptr) return fail(error, error_size, "cannot be opened as a file of lines or polygons");
  OGRLayerH handle =
      *layer == '\0' ? GDALDatasetGetLayer(dataset, 0) : GDALDatasetGetLayerByName(dataset, layer);
  if (handle == nullptr) {
    GDALClose(dataset);
    return fail(error, error_size, std::string("there is no layer ") + layer);
  }
  const int field = *id_field == '\0' ? -1 : OGR_FD_GetFieldIndex(OGR_L_GetLayerDefn(handle), id_field);
  if (*id_field != '\0' && field < 0) {
    GDALClose(dataset);
    return fail(error, error_size, std::string("there is no field ") + id_field);
  }
  Walk walk{vertex, user, nullptr, 0};
  OGRSpatialReferenceH reference = OGR_L_GetSpatialRef(handle);
  if (reference != nullptr) {
    OGRSpatialReferenceH from = OSRClone(reference);
    OSRSetAxisMappingStrategy(from, OAMS_TRADITIONAL_GIS_ORDER);
    OGRSpatialReferenceH to = wgs84();
    walk.to_wgs84 = OCTNewCoordinateTransformation(from, to);
    OSRDestroySpatialReference(from);
    OSRDestroySpatialReference(to);
  }
  OGR_L_ResetReading(handle);
  for (OGRFeatureH feature = OGR_L_GetNextFeature(handle); feature != nullptr;
       feature = OGR_L_GetNextFeature(handle)) {
    const std::string id = field < 0 ? "" : OGR_F_GetFieldAsString(feature, field);
    OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
    if (geometry != nullptr) visit(geometry, id.c_str(), false, walk);
    OGR_F_Destroy(feature);
  }
  if (walk.to_wgs84 != nullptr) OCTDestroyCoordinateTransformation(walk.to_wgs84);
  GDALClose(dataset);
  return 0;
}

int phreatic_gdal_check_crs(const char* crs, char* error, int error_size) {
  start();
  OGRSpatialReferenceH reference = OSRNewSpatialReference(nullptr);
  const bool known = OSRSetFromUserInput(reference, crs) == OGRERR_NONE;
  OSRDestroySpatialReference(reference);
  return known ? 0 : fail(error, error_size, "is no coordinate system that GDAL knows");
}

int phreatic_gdal_write(const char* path, const PhreaticRaster* raster, char* error, int error_size) {
  start();
  GDALDriverH driver = GDALGetDriverByName("GTiff");
  if (driver == nullptr) return fail(error, error_size, "this GDAL cannot write GeoTIFF");
  char** options = CSLSetNameValue(nullptr, "COMPRESS", "DEFLATE");
  options = CSLSetNameValue(options, "TILED", "YES");
  options = CSLSetNameValue(options, "BIGTIFF", "IF_SAFER");
  GDALDatasetH dataset =
      GDALCreate(driver, path, raster->width, raster->height, raster->bands, GDT_Float64, options);
  CSLDestroy(options);
  if (dataset == nullptr) return fail(error, error_size, "cannot be written");
  bool good = GDALSetGeoTransform(dataset, const_cast<double*>(raster->transform)) == CE_None;
  if (good && *raster->crs != '\0') {
    OGRSpatialReferenceH reference = OSRNewSpatialReference(nullptr);
    good = OSRSetFromUserInput(reference, raster->crs) == OGRERR_NONE &&
           GDALSetSpatialRef(dataset, reference) == CE_None;
    OSRDestroySpatialReference(reference);
  }
  for (int i = 0; i < raster->items; ++i)
    GDALSetMetadataItem(dataset, raster->keys[i], raster->texts[i], nullptr);
  const std::size_t size = static_cast<std::size_t>(raster->width) * static_cast<std::size_t>(raster->height);
  for (int b = 0; good && b < raster->bands; ++b) {
    GDALRasterBandH band = GDALGetRasterBand(dataset, b + 1);
    GDALSetRasterNoDataValue(band, std::numeric_limits<double>::quiet_NaN());
    GDALSetDescription(band, raster->band_names[b]);
    GDALSetRasterUnitType(band, raster->unit);
    auto* values = const_cast<double*>(raster->values + size * static_cast<std::size_t>(b));
    good = GDALRasterIO(band, GF_Write, 0, 0, raster->width, raster->height, values, raster->width,
                        raster->height, GDT_Float64, 0, 0) == CE_None;
  }
  GDALClose(dataset);
  // A full disk is told when the blocks are flushed.
  if (!good || CPLGetLastErrorType() >= CE_Failure) return fail(error, error_size, "cannot be written");
  return 0;
}

}  // extern "C"
