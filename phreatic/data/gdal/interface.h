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

#define PHREATIC_GDAL_VERSION 4

int phreatic_gdal_version(void);

/* ---- Rasters ---- */

typedef struct PhreaticGrid PhreaticGrid;

typedef struct PhreaticGridInfo {
  int width;
  int height;
  int bands;
  double transform[6]; /* x = t0 + (column) t1 + (row) t2; y = t3 + (column) t4 + (row) t5 */
  int placed; /* 0: the file does not say where its cells are; 2: all but the size of its single row or column */
  int block_width; /* how the file stores its cells */
  int block_height;
  int whole;       /* 1: values are integers */
  int bytes;       /* 1: values are integers from 0 to 255 */
  int has_missing; /* 1: the file declares a value for missing */
  double missing;  /* which */
  double scale;    /* value = stored * scale + offset */
  double offset;
} PhreaticGridInfo;

/* variable: of a file with several, or "". */
int phreatic_gdal_open(const char* path, const char* variable, PhreaticGrid** grid, PhreaticGridInfo* info,
                       char* error, int error_size);
void phreatic_gdal_close(PhreaticGrid* grid);
/* A text about the file (band -1) or a band: "crs" (WKT), "unit", "time_units", "time_calendar", "time_value"
 * (of a NetCDF band), "axes" ("degrees" where a NetCDF file's axes say that they are latitude and longitude), or the name of an item of metadata. *size is what it needs with its end; text may be
 * null to ask for it. An unknown one is empty. */
void phreatic_gdal_text(PhreaticGrid* grid, int band, const char* key, char* text, int* size);
/* Values of a window as doubles: missing = NaN, scale and offset applied. */
int phreatic_gdal_read(PhreaticGrid* grid, int band, int column, int row, int columns, int rows,
                       double* values, char* error, int error_size);
/* Values of a window as stored, of a file of integers from 0 to 255. */
int phreatic_gdal_read_bytes(PhreaticGrid* grid, int band, int column, int row, int columns, int rows,
                             unsigned char* values, char* error, int error_size);

/* ---- Coordinate systems ---- */

typedef struct PhreaticTransform PhreaticTransform;

/* 0 when GDAL knows the coordinate system; geographic: its axes are degrees of longitude and latitude; area: where it is
 * meant for, as west, south, east, north in degrees (NaN: not known). */
int phreatic_gdal_crs(const char* crs, int* geographic, double area[4], char* name, int name_size, char* wkt,
                      int wkt_size, char* error, int error_size);
/* relation: 0 the same, 1 the same but for the datum, 2 others. */
int phreatic_gdal_compare_crs(const char* a, const char* b, int* relation, char* error, int error_size);
/* Longitude before latitude on both sides. Fails where no transformation between two named datums is known to this
 * machine; it is not replaced by one that leaves the datums out. Where one has no name (a sphere, as in GRIB files),
 * they are left out and *rough becomes 1. */
int phreatic_gdal_transform_open(const char* from, const char* to, PhreaticTransform** transform, int* rough,
                                 char* error, int error_size);
/* In place; points that cannot be transformed become NaN. */
void phreatic_gdal_transform(PhreaticTransform* transform, int count, double* x, double* y);
void phreatic_gdal_transform_close(PhreaticTransform* transform);

/* ---- Lines and polygons ---- */

/* Of each feature, in the order of the file: first `feature`, then each of its vertices. `trouble`: what is
 * wrong with the geometry ("" nothing). `part` counts polygons or lines of the feature, `ring` the rings of a
 * polygon, the outer one first; a ring ends with its first vertex. */
typedef void (*PhreaticFeature)(void* user, const char* id, const char* trouble);
typedef void (*PhreaticVertex)(void* user, int part, int ring, int is_polygon, double x, double y);
/* In the coordinate system of the file, which comes back in `crs` ("" not declared). id_field: "" numbers the
 * features from 1. repair: polygons that cross themselves are mended. segment: no edge is longer (0: as is). */
int phreatic_gdal_shapes(const char* path, const char* layer, const char* id_field, int repair,
                         double segment, PhreaticFeature feature, PhreaticVertex vertex, void* user,
                         char* crs, int crs_size, char* error, int error_size);

/* ---- Writing ---- */

typedef struct PhreaticWriter PhreaticWriter;

typedef struct PhreaticRaster {
  int width;
  int height;
  int bands;
  double transform[6]; /* as in PhreaticGridInfo */
  const char* crs;     /* "EPSG:28992", WKT, PROJ; "" none */
  int type;            /* 0 doubles, 1 floats, 2 bytes */
  int has_missing;     /* the value for missing; NaN for doubles and floats is usual */
  double missing;
  const char* const* band_names; /* one per band */
  const char* unit;              /* of the values; "" none */
  int items;                     /* key and value pairs about the file */
  const char* const* keys;
  const char* const* texts;
} PhreaticRaster;

/* A tiled, deflated GeoTIFF that is filled window by window. */
int phreatic_gdal_create(const char* path, const PhreaticRaster* raster, PhreaticWriter** writer, char* error,
                         int error_size);
int phreatic_gdal_put(PhreaticWriter* writer, int band, int column, int row, int columns, int rows,
                      const double* values, char* error, int error_size);
int phreatic_gdal_put_bytes(PhreaticWriter* writer, int band, int column, int row, int columns, int rows,
                            const unsigned char* values, char* error, int error_size);
/* Ends the file (writer is gone afterwards, whatever is returned). cog: where it is written again as a
 * Cloud-optimised GeoTIFF; "" = leave it as it is. */
int phreatic_gdal_finish(PhreaticWriter* writer, const char* cog, char* error, int error_size);
/* Copies the layer of a vector file into a GeoPackage with `fields` columns of numbers more; NaN = null.
 * values: [feature][fields] in the order of the file. */
int phreatic_gdal_write_zones(const char* source, const char* layer, const char* path, int features,
                              int fields, const char* const* names, const double* values, char* error,
                              int error_size);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop
#endif
