/* SPDX-License-Identifier: BSD-3-Clause
 * The narrow door to GDAL: libphreatic_gdal.so exports these functions and nothing else;
 * phreatic/data/gdal/library.cpp opens it with RTLD_NOW | RTLD_LOCAL at first use. Functions return 0, or 1
 * with a text in `error`. None of them is thread-safe: callers hold netcdf_mutex(). */
#ifndef PHREATIC_DATA_GDAL_INTERFACE_H
#define PHREATIC_DATA_GDAL_INTERFACE_H

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

#define PHREATIC_GDAL_VERSION 2

typedef struct PhreaticGrid PhreaticGrid;

typedef struct PhreaticGridInfo {
  int width;
  int height;
  int bands;
  double transform[6]; /* x = t0 + (column) t1 + (row) t2; y = t3 + (column) t4 + (row) t5 */
  int geographic;      /* 1: x and y are degrees of longitude and latitude */
  int has_crs;         /* 0: no coordinate system in the file; x and y are taken as longitude and latitude */
} PhreaticGridInfo;

int phreatic_gdal_version(void);
/* variable: of a NetCDF file with several, or "". */
int phreatic_gdal_open(const char* path, const char* variable, PhreaticGrid** grid, PhreaticGridInfo* info,
                       char* error, int error_size);
void phreatic_gdal_close(PhreaticGrid* grid);
/* Start time of a band (0-based) in seconds since 1970 as the file says; known = 0 when it does not say. */
int phreatic_gdal_band_time(PhreaticGrid* grid, int band, long long* seconds, int* known, char* error,
                            int error_size);
/* Values of a window as doubles, missing = NaN, scale and offset applied. */
int phreatic_gdal_read(PhreaticGrid* grid, int band, int column, int row, int columns, int rows,
                       double* values, char* error, int error_size);
/* Longitude and latitude (WGS 84) to the grid's fractional column and row; cell i covers [i, i + 1). */
int phreatic_gdal_to_pixel(PhreaticGrid* grid, int count, const double* longitude, const double* latitude,
                           double* column, double* row, char* error, int error_size);

typedef struct PhreaticRaster {
  int width;
  int height;
  int bands;
  double transform[6];           /* as in PhreaticGridInfo */
  const char* crs;               /* "EPSG:28992", WKT, PROJ; "" none */
  const double* values;          /* bands x height x width, NaN = missing */
  const char* const* band_names; /* one per band */
  const char* unit;              /* of the values; "" none */
  int items;                     /* key and value pairs about the file */
  const char* const* keys;
  const char* const* texts;
} PhreaticRaster;

/* Writes a tiled, deflated GeoTIFF of doubles, missing = NaN. */
int phreatic_gdal_write(const char* path, const PhreaticRaster* raster, char* error, int error_size);
/* 0 when GDAL knows the coordinate system. */
int phreatic_gdal_check_crs(const char* crs, char* error, int error_size);

/* Lines and outer and inner rings of a vector file, in longitude and latitude. For each vertex one call of
 * `vertex`; `part` counts lines or rings, `id` is the value of id_field ("" without). */
typedef void (*PhreaticVertex)(void* user, const char* id, int part, int is_polygon, double longitude,
                               double latitude);
int phreatic_gdal_shapes(const char* path, const char* layer, const char* id_field, PhreaticVertex vertex,
                         void* user, char* error, int error_size);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop
#endif
