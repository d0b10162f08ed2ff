// SPDX-License-Identifier: BSD-3-Clause
// Gridded forcing (NetCDF, GRIB, GeoTIFF and whatever else GDAL reads) to wells: nearest cell, bilinear,
// inverse distance, or mean over a polygon. GDAL is opened at first use only. Method: docs/methods/data.md.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/data/geography.hpp"
#include "phreatic/data/panel.hpp"
#include "phreatic/data/series/series.hpp"

namespace phreatic::data {

// Values that accumulate over the day and start anew after 00 UTC (ERA5-Land: the value of 05 h holds the hours from 0
// to 5, that of 00 h the whole day before). `automatic` recognises such a series by its values and tells it.
enum class Accumulation { automatic, since_midnight, none };

enum class GridMethod { nearest, bilinear, inverse_distance, polygon_mean };

// How values of a stack of grids come to wells.
struct GridExtraction {
  std::string variable;  // of files that hold several
  GridMethod method = GridMethod::nearest;
  int neighbours = 4;    // of inverse distance
  std::string polygons;  // vector file for polygon_mean
  std::string polygon_layer;
  std::string polygon_id;  // field with the well's name
  Accumulation accumulation = Accumulation::automatic;
  std::vector<double> missing;  // values that mean missing, beside the file's own
  std::string crs;              // where the files have none or a wrong one
  std::string unit;             // declared; refused where a file says another one
};
void describe(core::Describer& d, GridExtraction& p);

struct GridSeries {
  std::vector<core::Seconds> times;         // increasing
  std::vector<std::vector<double>> values;  // [well][time], NaN = missing
  std::vector<std::string> said;
  std::vector<std::string> warnings;  // what was detected and changes the values
};

// Files of object stores and of the web, as GDAL's virtual files have them: s3://bucket/key, gs://, az://, http(s)://... ;
// names that begin with /vsi as they are; "" for all others.
std::string virtual_file(const std::string& name);

// Files of a pattern with * in its last part, sorted by name; a path without * is itself, as the disk spells it, or its
// virtual_file(), which holds no *.
// Throws InputError.
std::vector<std::filesystem::path> list_files(const std::filesystem::path& pattern);

// Reads band after band; memory does not grow with the size of the grids. Times come from the files, or, when
// these do not say, from the digits yyyymmdd, yyyymmddhh or yyyymm in their names (one band per file). A cell
// without a value leaves its weight to the others; without half of the weight the result is NaN. Problems: no
// files, no times, wells outside the grid or without place or polygon, grids of different shape.
GridSeries extract_grids(const std::vector<std::filesystem::path>& files, const GridExtraction& params,
                         const std::vector<std::string>& wells, const std::vector<Place>& places,
                         core::Problems& problems);

// One cell of a grid and its share.
struct CellWeight {
  int column = 0;
  int row = 0;
  double weight = 0;
};
// Weights for a point at a fractional column and row (cell i covers [i, i + 1)); cells outside are left out
// and the rest made to sum to one. `aspect` is the length of a cell's height over its width on the ground.
// Empty outside.
std::vector<CellWeight> point_weights(double column, double row, int width, int height, GridMethod method,
                                      int neighbours, double aspect);
// Hourly (or three-hourly ...) values that accumulate since 00 UTC: never falling within a day, and starting anew on
// the day after at least three days with two rises or more. No well may contradict it. `times` increase.
bool accumulates(const std::vector<core::Seconds>& times, const std::vector<std::vector<double>>& values);
// Turns them into amounts of each step, whose times become the starts of their steps. A value whose forerunner is
// missing becomes missing.
void take_differences(GridSeries& series);

}  // namespace phreatic::data
