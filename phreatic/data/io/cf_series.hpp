// SPDX-License-Identifier: BSD-3-Clause
// Time series at sites in CF-NetCDF (CF-1.8, chapter 9 and appendix H; key cf18): predictions are written as
// featureType timeSeries, orthogonal arrays [station][time]; read are single-site files with a time
// coordinate (NeuralHydrology's `date` too), orthogonal, incomplete, contiguous ragged and indexed ragged
// arrays.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/data/io/csv/csv.hpp"
#include "phreatic/data/io/netcdf.hpp"
#include "phreatic/data/panel.hpp"

namespace phreatic::data::io {

// One variable of a file of series.
struct SeriesArray {
  std::string name;
  std::string units;
  std::string long_name;
  std::string cell_methods = "time: mean";  // "time: sum" for amounts per step; "" = none
  NcAttributes attributes;
  std::vector<double> values;  // [station][time], NaN = missing
};

struct SeriesFile {
  std::vector<std::string> stations;
  std::vector<Place> places;  // one per station
  core::TimeAxis axis;
  std::vector<SeriesArray> arrays;
  NcAttributes attributes;  // title, history, source ...
};

// Writes the file atomically. Throws RunError.
void write_series(const std::filesystem::path& path, const SeriesFile& file);

// The same as CSV: well,date,<arrays>; rows in which every array is missing are left out.
void write_series_csv(const std::filesystem::path& path, const SeriesFile& file);

// Reads what write_series wrote, and any orthogonal file with a regular time axis. Throws InputError.
SeriesFile read_series(const std::filesystem::path& path);

// Any of the layouts above as a table of rows, for load(): ids from the variable with cf_role = timeseries_id
// (or request.id), one entity without ids for a single-site file. Problems are added.
CsvTable read_series_table(const std::filesystem::path& path, const CsvRequest& request,
                           core::Problems& problems);

// Decodes "days since 1970-01-01" and the like (seconds, minutes, hours, days; standard and proleptic
// Gregorian calendars after 1582). Throws InputError naming file and variable. Values that are NaN or fill
// are refused.
std::vector<core::Seconds> read_times(const NcReader& reader, const std::string& variable);

}  // namespace phreatic::data::io
