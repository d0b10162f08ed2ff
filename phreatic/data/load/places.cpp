// SPDX-License-Identifier: BSD-3-Clause
// Places of wells, from CSV.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <limits>

#include "phreatic/core/units.hpp"
#include "phreatic/data/grid/crs.hpp"
#include "phreatic/data/load/internal.hpp"
#include "phreatic/data/load/well_table.hpp"

namespace phreatic::data::loading {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The declared column, or the first of the usual names; header.size() when there is none.
std::size_t place_column(const io::TextTable& table, const std::string& declared,
                         const std::vector<std::string>& usual) {
  if (!declared.empty()) return table.column(declared);
  for (const std::string& name : usual) {
    for (std::size_t c = 0; c < table.header.size(); ++c) {
      std::string lower = table.header[c];
      std::transform(lower.begin(), lower.end(), lower.begin(),
                     [](unsigned char ch) { return static_cast<char>(std::tolower(ch)); });
      if (lower == name) return c;
    }
  }
  return table.header.size();
}

// One coordinate of one well; a problem when it is not a number within the limits.
double place_value(const io::TextTable& table, std::size_t row, std::size_t column, double limit,
                   core::Problems& problems) {
  if (column >= table.header.size()) return kNaN;
  double value = kNaN;
  const std::string& cell = table.rows[row][column];
  const bool number = io::parse_cell(cell, table.decimal, value);
  if (!number || std::abs(value) > limit) {
    problems.add({.file = table.file,
                  .line = table.lines[row],
                  .where = fmt::format("column '{}'", table.header[column]),
                  .what = fmt::format("'{}' is not a coordinate", cell),
                  .allowed = fmt::format("a number from {} to {}", -limit, limit),
                  .mend = number && limit <= 360
                              ? "Projected coordinates need their system: places.crs, such as crs: EPSG:28992"
                              : ""});
    return kNaN;
  }
  return value;
}

// How many degrees a place lies outside of west, south, east, north; 0 inside or where the area is not known.
double degrees_outside(const std::array<double, 4>& area, double longitude, double latitude) {
  if (std::isnan(area[0])) return 0;
  const double east =
      area[2] < area[0] && longitude < area[0] ? longitude + 360 : longitude;  // across the date line
  const double right = area[2] < area[0] ? area[2] + 360 : area[2];
  return std::max({0.0, area[0] - east, east - right, area[1] - latitude, latitude - area[3]});
}

// Places from the coordinate system of the table to degrees. Those far from where it is meant for are problems, those
// near are told: swapped columns and wrong codes end there.
void to_degrees(const std::string& crs, const WellTable& wells, LoadedData& data, core::Problems& problems) {
  constexpr double kFar = 10;  // degrees; a neighbouring zone of UTM is 6 away
  std::vector<Place>& places = data.panel.places;
  std::vector<double> x;
  std::vector<double> y;
  for (const Place& place : places) {
    x.push_back(place.longitude);
    y.push_back(place.latitude);
  }
  Crs system;
  try {
    system = find_crs(crs);
    CrsTransform(crs, "EPSG:4326").apply(x, y);
  } catch (const core::InputError& error) {
    problems.add_all(error.problems());
    return;
  }
  for (std::size_t e = 0; e < places.size(); ++e) {
    Place& place = places[e];
    if (std::isnan(place.longitude) || std::isnan(place.latitude)) continue;
    const bool reached = std::isfinite(x[e]) && std::isfinite(y[e]);
    const double outside = reached ? degrees_outside(system.area, x[e], y[e]) : 2 * kFar;
    const std::string what =
        fmt::format("({}, {}) of well {} lies outside of where {} ({}) is used", place.longitude,
                    place.latitude, data.panel.entities[e], crs, system.name);
    if (outside > kFar)
      problems.add({.file = wells.table.file,
                    .line = wells.table.lines[*wells.row_of[e]],
                    .what = what,
                    .mend = "Look at the order of the two columns and at places.crs"});
    else if (outside > 0)
      data.warnings.push_back(fmt::format("{}: {}, by {:.2g} degrees", wells.table.file, what, outside));
    place.longitude = x[e];
    place.latitude = y[e];
  }
}

// Longitudes from 0 to 360 degrees become those from -180 to 180, which distances, maps and drawings share.
void turn_longitudes(const std::string& file, LoadedData& data) {
  std::string first;
  std::size_t turned = 0;
  for (std::size_t e = 0; e < data.panel.places.size(); ++e) {
    double& longitude = data.panel.places[e].longitude;
    if (!(longitude > 180)) continue;
    if (turned++ == 0) first = fmt::format("{} of well {}", longitude, data.panel.entities[e]);
    longitude -= 360;
  }
  if (turned > 0)
    data.warnings.push_back(fmt::format(
        "{}: longitudes beyond 180 degrees ({}{}) are taken as degrees from 0 to 360, east of Greenwich",
        file, first, turned > 1 ? fmt::format(" and {} more", turned - 1) : ""));
}

// False for what is no coordinate system: to_degrees says so.
bool is_geographic(const std::string& crs) {
  try {
    return find_crs(crs).geographic;
  } catch (const core::InputError&) {
    return false;
  }
}

// The three columns of places; std::nullopt with a problem where the first two are not clear.
std::optional<std::array<std::size_t, 3>> place_columns(const PlacesParams& params,
                                                        const io::TextTable& table,
                                                        core::Problems& problems) {
  const std::array<std::size_t, 3> out = {
      place_column(table, params.longitude, {"longitude", "lon", "long", "easting", "x"}),
      place_column(table, params.latitude, {"latitude", "lat", "northing", "y"}),
      place_column(table, params.elevation, {"elevation", "elev", "z"})};
  if (out[0] < table.header.size() && out[1] < table.header.size()) return out;
  problems.add({.file = table.file,
                .what = "which columns hold longitude and latitude is not clear",
                .mend = "Declare places.longitude and places.latitude"});
  return std::nullopt;
}

}  // namespace

void load_places(const PlacesParams& params, const std::filesystem::path& base, LoadedData& data,
                 core::Problems& problems) {
  constexpr double kFar = 1e8;  // m, of projected coordinates
  if (params.file.empty()) return;
  const auto wells = read_well_table(params.file, params.id_column,
                                     {params.separator, params.decimal, "auto", {}}, base, data, problems);
  if (!wells) return;
  const io::TextTable& table = wells->table;
  const auto columns = place_columns(params, table, problems);
  if (!columns) return;
  const auto unit = core::conversion(params.elevation_unit, "m");
  if (!unit) {
    problems.add(
        {.where = "data.places.elevation_unit", .what = "'" + params.elevation_unit + "' is not a length"});
    return;
  }
  for (std::size_t e = 0; e < data.panel.entity_count(); ++e) {
    if (!wells->row_of[e]) {
      data.warnings.push_back(
          fmt::format("{}: no row for well {}; its place is not known", table.file, data.panel.entities[e]));
      continue;
    }
    const std::size_t row = *wells->row_of[e];
    data.panel.places[e] = {place_value(table, row, (*columns)[0], params.crs.empty() ? 360 : kFar, problems),
                            place_value(table, row, (*columns)[1], params.crs.empty() ? 90 : kFar, problems),
                            place_value(table, row, (*columns)[2], 1e5, problems) * unit->factor};
  }
  if (params.crs.empty() || is_geographic(params.crs)) turn_longitudes(table.file, data);
  if (!params.crs.empty()) to_degrees(params.crs, *wells, data, problems);
}

}  // namespace phreatic::data::loading
