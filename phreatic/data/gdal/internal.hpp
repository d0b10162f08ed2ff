// SPDX-License-Identifier: BSD-3-Clause
// What the sources of libphreatic_gdal.so share. No other file of the house includes GDAL.
#pragma once

#include <gdal.h>
#include <ogr_srs_api.h>

#include <string>
#include <vector>

namespace phreatic::gdal_library {

// Registers GDAL's drivers once, holds its cache of blocks at 64 MB, forgets old errors.
void start();
// Writes text and GDAL's reason to `error`; returns 1.
int fail(char* error, int size, const std::string& text);
// Copies with its end; what does not fit is cut.
void copy_text(const std::string& text, char* out, int size);
// From code, WKT or PROJ text, longitude before latitude; null when it is not known.
OGRSpatialReferenceH make_reference(const char* crs);
// WKT of a reference ("" for none).
std::string wkt_of(OGRSpatialReferenceH reference);

// The transform of a NetCDF file that GDAL does not place, as it has a single row or column: 1 from its axes; 2 with the
// other axis' size for a cell whose own is not told; 0: not known.
int place_by_axes(const std::string& path, const std::string& variable, double transform[6]);

// A text attribute of an array; "" where it has none.
std::string text_attribute(GDALMDArrayH array, const char* name);

// An array of a Zarr store (a folder whose name ends in .zarr) as a dataset.
struct OpenStore {
  GDALDatasetH dataset = nullptr;
  std::string time_units, time_calendar;
  std::vector<double> times;  // of the bands; empty: not known
  bool degrees = false;       // its axes are degrees
};
bool is_store(const std::string& path);
// False with a text in `what`.
bool open_store(const std::string& path, const std::string& variable, OpenStore& store, std::string& what);

}  // namespace phreatic::gdal_library
