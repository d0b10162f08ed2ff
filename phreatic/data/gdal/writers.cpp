// SPDX-License-Identifier: BSD-3-Clause
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>

#include <string>

#include "phreatic/data/gdal/interface.h"
#include "phreatic/data/gdal/internal.hpp"

using namespace phreatic::gdal_library;

struct PhreaticWriter {
  GDALDatasetH dataset = nullptr;
  bool whole = false;  // bytes
};

namespace {

// The right predictor makes deflate several times better.
char** creation_options(bool whole, bool cog) {
  char** options = CSLSetNameValue(nullptr, "COMPRESS", "DEFLATE");
  options = CSLSetNameValue(options, "BIGTIFF", "IF_SAFER");
  options = CSLSetNameValue(options, "NUM_THREADS", "2");
  if (cog) {
    options = CSLSetNameValue(options, "BLOCKSIZE", "512");
    options = CSLSetNameValue(options, "PREDICTOR", whole ? "STANDARD" : "FLOATING_POINT");
    options = CSLSetNameValue(options, "OVERVIEW_RESAMPLING", whole ? "NEAREST" : "AVERAGE");
    return options;
  }
  options = CSLSetNameValue(options, "TILED", "YES");
  options = CSLSetNameValue(options, "BLOCKXSIZE", "512");
  options = CSLSetNameValue(options, "BLOCKYSIZE", "512");
  options = CSLSetNameValue(options, "PREDICTOR", whole ? "2" : "3");
  return options;
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
  char** options = creation_options(raster->type == 2, false);
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
    GDALDriverH driver = GDALGetDriverByName("COG");
    char** options = creation_options(writer->whole, true);
    good = CPLGetLastErrorType() < CE_Failure && driver != nullptr;
    GDALDatasetH copy =
        good ? GDALCreateCopy(driver, cog, writer->dataset, 0, options, nullptr, nullptr) : nullptr;
    CSLDestroy(options);
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
