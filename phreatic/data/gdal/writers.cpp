// SPDX-License-Identifier: BSD-3-Clause
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>

#include <algorithm>
#include <vector>

#include "phreatic/data/gdal/interface.h"
#include "phreatic/data/gdal/internal.hpp"

using namespace phreatic::gdal_library;

struct PhreaticWriter {
  GDALDatasetH dataset = nullptr;
  bool whole = false;  // bytes
};

namespace {

// The right predictor makes deflate several times better.
char** compression(bool whole) {
  char** options = CSLSetNameValue(nullptr, "COMPRESS", "DEFLATE");
  options = CSLSetNameValue(options, "PREDICTOR", whole ? "2" : "3");
  options = CSLSetNameValue(options, "BIGTIFF", "IF_SAFER");
  return CSLSetNameValue(options, "NUM_THREADS", "2");
}

// Bands one after the other: a reader of one band does not decode all.
char** tiles(bool whole) {
  char** options = CSLSetNameValue(compression(whole), "TILED", "YES");
  options = CSLSetNameValue(options, "BLOCKXSIZE", "512");
  options = CSLSetNameValue(options, "BLOCKYSIZE", "512");
  return CSLSetNameValue(options, "INTERLEAVE", "BAND");
}

// The COG driver of GDAL 3.6 stores the bands of a cell together, so that files of several bands (times, classes) are
// brought into the same order, overviews before the cells, by the GeoTIFF driver.
GDALDatasetH copy_in_order(GDALDatasetH dataset, const char* path, bool whole) {
  if (GDALGetRasterCount(dataset) == 1) {
    char** options = CSLSetNameValue(compression(whole), "BLOCKSIZE", "512");
    options = CSLSetNameValue(options, "PREDICTOR", whole ? "STANDARD" : "FLOATING_POINT");
    options = CSLSetNameValue(options, "OVERVIEW_RESAMPLING", whole ? "NEAREST" : "AVERAGE");
    GDALDatasetH copy =
        GDALCreateCopy(GDALGetDriverByName("COG"), path, dataset, 0, options, nullptr, nullptr);
    CSLDestroy(options);
    return copy;
  }
  std::vector<int> levels;
  const int size = std::max(GDALGetRasterXSize(dataset), GDALGetRasterYSize(dataset));
  for (int level = 2; size / (level / 2) > 512; level *= 2) levels.push_back(level);
  if (!levels.empty() &&
      GDALBuildOverviews(dataset, whole ? "NEAREST" : "AVERAGE", static_cast<int>(levels.size()),
                         levels.data(), 0, nullptr, nullptr, nullptr) != CE_None)
    return nullptr;
  char** options = CSLSetNameValue(tiles(whole), "COPY_SRC_OVERVIEWS", "YES");
  GDALDatasetH copy =
      GDALCreateCopy(GDALGetDriverByName("GTiff"), path, dataset, 0, options, nullptr, nullptr);
  CSLDestroy(options);
  return copy;
}

bool set_crs(GDALDatasetH dataset, const char* crs) {
  OGRSpatialReferenceH reference = make_reference(crs);
  if (reference == nullptr) return false;
  const bool good = GDALSetSpatialRef(dataset, reference) == CE_None;
  OSRDestroySpatialReference(reference);
  return good;
}

}  // namespace

extern "C" {

int phreatic_gdal_create(const char* path, const PhreaticRaster* raster, PhreaticWriter** writer, char* error,
                         int error_size) {
  start();
  GDALDriverH driver = GDALGetDriverByName("GTiff");
  if (driver == nullptr) return fail(error, error_size, "this GDAL cannot write GeoTIFF");
  const GDALDataType type = raster->type == 2 ? GDT_Byte : raster->type == 1 ? GDT_Float32 : GDT_Float64;
  char** options = tiles(raster->type == 2);
  GDALDatasetH dataset =
      GDALCreate(driver, path, raster->width, raster->height, raster->bands, type, options);
  CSLDestroy(options);
  if (dataset == nullptr) return fail(error, error_size, "cannot be written");
  bool good = GDALSetGeoTransform(dataset, const_cast<double*>(raster->transform)) == CE_None;
  if (good && *raster->crs != '\0') good = set_crs(dataset, raster->crs);
  for (int i = 0; i < raster->items; ++i)
    GDALSetMetadataItem(dataset, raster->keys[i], raster->texts[i], nullptr);
  for (int b = 0; good && b < raster->bands; ++b) {
    GDALRasterBandH band = GDALGetRasterBand(dataset, b + 1);
    if (raster->has_missing != 0) GDALSetRasterNoDataValue(band, raster->missing);
    GDALSetDescription(band, raster->band_names[b]);
    GDALSetRasterUnitType(band, raster->unit);
  }
  if (!good) {
    GDALClose(dataset);
    return fail(error, error_size, "cannot be written");
  }
  *writer = new PhreaticWriter{dataset, raster->type == 2};
  return 0;
}

int phreatic_gdal_put(PhreaticWriter* writer, int band, int column, int row, int columns, int rows,
                      const double* values, char* error, int error_size) {
  GDALRasterBandH handle = GDALGetRasterBand(writer->dataset, band + 1);
  if (GDALRasterIO(handle, GF_Write, column, row, columns, rows, const_cast<double*>(values), columns, rows,
                   GDT_Float64, 0, 0) != CE_None)
    return fail(error, error_size, "cannot be written");
  return 0;
}

int phreatic_gdal_put_bytes(PhreaticWriter* writer, int band, int column, int row, int columns, int rows,
                            const unsigned char* values, char* error, int error_size) {
  GDALRasterBandH handle = GDALGetRasterBand(writer->dataset, band + 1);
  if (GDALRasterIO(handle, GF_Write, column, row, columns, rows, const_cast<unsigned char*>(values), columns,
                   rows, GDT_Byte, 0, 0) != CE_None)
    return fail(error, error_size, "cannot be written");
  return 0;
}

int phreatic_gdal_finish(PhreaticWriter* writer, const char* cog, char* error, int error_size) {
  start();
  bool good = true;
  if (*cog != '\0') {
    GDALFlushCache(writer->dataset);
    good = CPLGetLastErrorType() < CE_Failure;
    GDALDatasetH copy = good ? copy_in_order(writer->dataset, cog, writer->whole) : nullptr;
    good = good && copy != nullptr;
    if (copy != nullptr) GDALClose(copy);
  }
  // A full disk is told when the blocks are flushed.
  GDALClose(writer->dataset);
  delete writer;
  if (!good || CPLGetLastErrorType() >= CE_Failure) return fail(error, error_size, "cannot be written");
  return 0;
}

}  // extern "C"
