// SPDX-License-Identifier: BSD-3-Clause
// What the sources of libphreatic_gdal.so share. No other file of the house includes GDAL.
#pragma once

#include <ogr_srs_api.h>

#include <string>

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

}  // namespace phreatic::gdal_library
