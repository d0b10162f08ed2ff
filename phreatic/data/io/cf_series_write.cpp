// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>

#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/io/cf_series.hpp"

namespace phreatic::data::io {
namespace {

constexpr const char* kEpoch = " since 1970-01-01 00:00:00";

NcSchema series_schema(const SeriesFile& file) {
  const bool hours = file.axis.step().unit == core::StepUnit::hour;
  NcSchema schema;
  schema.dimensions = {{"station", file.stations.size()}, {"time", file.axis.size()}, {"bounds", 2}};
  schema.attributes = {{"Conventions", std::string("CF-1.8")}, {"featureType", std::string("timeSeries")}};
  schema.attributes.insert(schema.attributes.end(), file.attributes.begin(), file.attributes.end());
  const std::string time_units = std::string(hours ? "hours" : "days") + kEpoch;
  const NcAttributes calendar = {{"standard_name", std::string("time")},
                                 {"calendar", std::string("proleptic_gregorian")},
                                 {"axis", std::string("T")},
                                 {"bounds", std::string("time_bounds")}};
  const auto coordinate = [&](const std::string& name, const std::string& units,
                              const std::string& standard_name, NcAttributes more = {}) {
    NcVariable variable{.name = name,
                        .type = NcType::float64,
                        .dimensions = {"station"},
                        .units = units,
                        .attributes = {{"standard_name", standard_name}},
                        .fill = true,
                        .deflate = 0};
    variable.attributes.insert(variable.attributes.end(), more.begin(), more.end());
    schema.variables.push_back(std::move(variable));
  };
  schema.variables.push_back({.name = "station",
                              .type = NcType::text,
                              .dimensions = {"station"},
                              .attributes = {{"cf_role", std::string("timeseries_id")},
                                             {"long_name", std::string("name of the well or gauge")}}});
  schema.variables.push_back({.name = "time",
                              .type = NcType::int32,
                              .dimensions = {"time"},
                              .units = time_units,
                              .attributes = calendar});
  schema.variables.push_back(
      {.name = "time_bounds", .type = NcType::int32, .dimensions = {"time", "bounds"}});
  coordinate("longitude", "degrees_east", "longitude");
  coordinate("latitude", "degrees_north", "latitude");
  coordinate("elevation", "m", "altitude", {{"positive", std::string("up")}, {"axis", std::string("Z")}});
  for (const SeriesArray& array : file.arrays) {
    NcVariable variable{.name = array.name,
                        .type = NcType::float64,
                        .dimensions = {"station", "time"},
                        .units = array.units,
                        .attributes = array.attributes,
                        .fill = true,
                        .deflate = 1};
    if (!array.long_name.empty()) variable.attributes.emplace_back("long_name", array.long_name);
    if (!array.cell_methods.empty()) variable.attributes.emplace_back("cell_methods", array.cell_methods);
    variable.attributes.emplace_back("coordinates", std::string("longitude latitude elevation"));
    schema.variables.push_back(std::move(variable));
  }
  return schema;
}

}  // namespace

void write_series(const std::filesystem::path& path, const SeriesFile& file) {
  const std::size_t cells = file.stations.size() * file.axis.size();
  PHREATIC_ASSERT(file.places.size() == file.stations.size());
  const core::Seconds unit = file.axis.step().unit == core::StepUnit::hour ? 3600 : core::kSecondsPerDay;
  write_netcdf(path, series_schema(file), [&](NcWriter& writer) {
    writer.put("station", file.stations);
    std::vector<std::int64_t> times;
    std::vector<std::int64_t> bounds;
    for (std::size_t t = 0; t < file.axis.size(); ++t) {
      times.push_back(file.axis.start(t) / unit);
      bounds.push_back(times.back());
      bounds.push_back(file.axis.start(t + 1) / unit);
    }
    writer.put("time", std::span<const std::int64_t>(times));
    writer.put("time_bounds", std::span<const std::int64_t>(bounds));
    std::vector<double> longitude;
    std::vector<double> latitude;
    std::vector<double> elevation;
    for (const Place& place : file.places) {
      longitude.push_back(place.longitude);
      latitude.push_back(place.latitude);
      elevation.push_back(place.elevation_m);
    }
    writer.put("longitude", std::span<const double>(longitude));
    writer.put("latitude", std::span<const double>(latitude));
    writer.put("elevation", std::span<const double>(elevation));
    for (const SeriesArray& array : file.arrays) {
      PHREATIC_ASSERT(array.values.size() == cells);
      writer.put(array.name, std::span<const double>(array.values));
    }
  });
}

void write_series_csv(const std::filesystem::path& path, const SeriesFile& file) {
  fmt::memory_buffer out;
  fmt::format_to(std::back_inserter(out), "well,date");
  for (const SeriesArray& array : file.arrays) fmt::format_to(std::back_inserter(out), ",{}", array.name);
  out.push_back('\n');
  const bool hours = file.axis.step().unit == core::StepUnit::hour;
  std::vector<std::string> dates;
  for (std::size_t t = 0; t < file.axis.size(); ++t)
    dates.push_back(hours ? core::format_datetime(file.axis.start(t))
                          : core::format_date(file.axis.start(t)));
  for (std::size_t s = 0; s < file.stations.size(); ++s) {
    const std::string name = core::csv_cell(file.stations[s]);
    for (std::size_t t = 0; t < file.axis.size(); ++t) {
      const std::size_t cell = s * file.axis.size() + t;
      const bool any = std::any_of(file.arrays.begin(), file.arrays.end(),
                                   [&](const SeriesArray& a) { return !std::isnan(a.values[cell]); });
      if (!any) continue;
      fmt::format_to(std::back_inserter(out), "{},{}", name, dates[t]);
      for (const SeriesArray& array : file.arrays) {
        if (std::isnan(array.values[cell])) {
          out.push_back(',');
        } else {
          fmt::format_to(std::back_inserter(out), ",{:.9g}", array.values[cell]);
        }
      }
      out.push_back('\n');
    }
  }
  core::write_file_atomic(path, {out.data(), out.size()});
}

}  // namespace phreatic::data::io
