// SPDX-License-Identifier: BSD-3-Clause
// Static attributes (texts one-hot coded) and places of wells, from CSV.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <set>

#include "phreatic/core/units.hpp"
#include "phreatic/data/grid/crs.hpp"
#include "phreatic/data/load/internal.hpp"
#include "phreatic/data/missing_codes.hpp"

namespace phreatic::data::loading {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostNames = 10;
constexpr std::size_t kMostTexts = 5;

// A table with the row of each well.
struct WellTable {
  io::TextTable table;
  std::vector<std::optional<std::size_t>> row_of;  // per entity
};

std::optional<WellTable> read_well_table(const std::string& file, const std::string& id_column,
                                         const io::CsvDialect& dialect, const std::filesystem::path& base,
                                         LoadedData& data, core::Problems& problems) {
  WellTable out;
  const std::size_t before = problems.size();
  try {
    out.table = io::read_text_table(expand_path(file, base), dialect, problems);
  } catch (const core::InputError& error) {
    problems.add_all(error.problems());
  }
  const io::TextTable& table = out.table;
  if (problems.size() != before) return std::nullopt;
  data.files.push_back({table.file, table.hash, table.bytes, table.rows.size()});
  if (!table.said.empty()) data.said.push_back(table.file + ": " + table.said);
  const std::size_t id = id_column.empty() ? 0 : table.column(id_column);
  if (id >= table.header.size()) {
    const std::string near = core::nearest(id_column, table.header);
    problems.add({.file = table.file,
                  .what = fmt::format("there is no column '{}'{}", id_column,
                                      near.empty() ? "" : "; did you mean '" + near + "'?")});
    return std::nullopt;
  }
  std::map<std::string, std::size_t> rows;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    if (rows.try_emplace(table.rows[r][id], r).second) continue;
    problems.add({.file = table.file,
                  .line = table.lines[r],
                  .what = fmt::format("'{}' stands twice; the first is on line {}", table.rows[r][id],
                                      table.lines[rows[table.rows[r][id]]])});
  }
  for (const std::string& well : data.panel.entities) {
    const auto found = rows.find(well);
    out.row_of.push_back(found == rows.end() ? std::nullopt : std::optional(found->second));
  }
  return out;
}

io::CsvDialect dialect_of_table(const AttributeParams& p) {
  io::CsvDialect dialect{p.separator, p.decimal, "auto", {}};
  set_missing(p.missing, dialect);
  return dialect;
}

// Cells that mean "missing" become empty.
void clear_missing(io::TextTable& table, const io::CsvDialect& dialect) {
  for (std::vector<std::string>& row : table.rows) {
    for (std::string& cell : row) {
      double value = 0;
      const bool number = io::parse_cell(cell, table.decimal, value) && value == value;
      const auto& codes = dialect.missing_codes;
      const auto& texts = dialect.missing_texts;
      if ((number && std::find(codes.begin(), codes.end(), value) != codes.end()) ||
          std::find(texts.begin(), texts.end(), cell) != texts.end())
        cell.clear();
    }
  }
}

// Is every cell of the column a number or missing?
bool is_numeric(const io::TextTable& table, std::size_t column) {
  double value = 0;
  return std::all_of(table.rows.begin(), table.rows.end(), [&](const std::vector<std::string>& row) {
    return io::parse_cell(row[column], table.decimal, value);
  });
}

// A column of numbers but for a few cells ("<3.5", "3.5 m") is no column of classes: the cells are named.
bool refuse_texts_among_numbers(const io::TextTable& table, std::size_t column, core::Problems& problems) {
  std::size_t numbers = 0;
  std::size_t texts = 0;
  std::size_t line = 0;
  std::string named;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const std::string& cell = table.rows[r][column];
    double value = 0;
    if (io::parse_cell(cell, table.decimal, value)) {
      numbers += std::isnan(value) ? 0U : 1U;
      continue;
    }
    if (++texts == 1) line = table.lines[r];
    if (texts <= kMostTexts)
      named += fmt::format("{}'{}' (line {})", named.empty() ? "" : ", ", cell, table.lines[r]);
  }
  if (texts == 0 || numbers <= texts) return false;
  if (texts > kMostTexts) named += fmt::format(" and {} more", texts - kMostTexts);
  problems.add(
      {.file = table.file,
       .line = line,
       .where = fmt::format("column '{}'", table.header[column]),
       .what = fmt::format("{} cells are numbers, {} {} not: {}", numbers, texts, texts == 1 ? "is" : "are",
                           named),
       .mend = fmt::format(
           "Mend the cells, name what means missing (missing: ['...']), or say that the column holds "
           "classes: categories: [{}]",
           table.header[column])});
  return true;
}

// A number such as -9999 that stands far from all others is no attribute.
void refuse_codes(const io::TextTable& table, std::size_t column, core::Problems& problems) {
  std::vector<double> values;
  for (const std::vector<std::string>& row : table.rows) {
    double value = kNaN;
    io::parse_cell(row[column], table.decimal, value);
    if (!std::isnan(value)) values.push_back(value);
  }
  if (values.empty()) return;
  for (const double code :
       {*std::min_element(values.begin(), values.end()), *std::max_element(values.begin(), values.end())}) {
    if (!looks_like_code(code)) continue;
    std::vector<double> others;
    std::copy_if(values.begin(), values.end(), std::back_inserter(others),
                 [&](double v) { return v != code; });
    if (others.empty() && values.size() < 2) continue;
    if (!others.empty()) {
      const auto [least, largest] = std::minmax_element(others.begin(), others.end());
      const double distance = code < *least ? *least - code : code - *largest;
      if (distance <= std::max(*largest - *least, std::max(std::abs(*least), std::abs(*largest)))) continue;
    } else if (code > 0) {
      continue;  // all alike: perhaps so
    }
    problems.add(
        {.file = table.file,
         .where = fmt::format("column '{}'", table.header[column]),
         .what =
             fmt::format("{:g} stands {} time{}, far from all other values; such numbers stand for 'missing'",
                         code, values.size() - others.size(), values.size() - others.size() == 1 ? "" : "s"),
         .mend = fmt::format("Declare it for these attributes: missing: [{}]", fmt::format("{}", code))});
    return;
  }
}

bool is_missing(const std::string& cell) {
  double value = 0;
  return io::parse_cell(cell, '.', value) && std::isnan(value);
}

// Whether something else than a groundwater level is all that the place has: a gauge of a river.
bool is_gauge(const LoadedData& data, const std::string& entity) {
  bool any = false;
  for (const TargetRecord& record : data.records) {
    if (record.entity != entity) continue;
    if (record.quantity != Quantity::other) return false;
    any = true;
  }
  return any;
}

using Columns = std::vector<std::pair<std::string, std::vector<double>>>;  // name, one value per entity

void add_numeric(const WellTable& wells, std::size_t column, Columns& out) {
  std::vector<double> values(wells.row_of.size(), kNaN);
  for (std::size_t e = 0; e < values.size(); ++e) {
    if (wells.row_of[e])
      io::parse_cell(wells.table.rows[*wells.row_of[e]][column], wells.table.decimal, values[e]);
  }
  out.emplace_back(wells.table.header[column], std::move(values));
}

void add_one_hot(const WellTable& wells, std::size_t column, Columns& out) {
  std::set<std::string> classes;
  const auto cell_of = [&](std::size_t e) -> std::string {
    return wells.row_of[e] ? wells.table.rows[*wells.row_of[e]][column] : std::string();
  };
  for (std::size_t e = 0; e < wells.row_of.size(); ++e) {
    if (!is_missing(cell_of(e))) classes.insert(cell_of(e));
  }
  for (const std::string& one : classes) {
    std::vector<double> values(wells.row_of.size(), kNaN);
    for (std::size_t e = 0; e < values.size(); ++e) {
      if (!is_missing(cell_of(e))) values[e] = cell_of(e) == one ? 1 : 0;
    }
    out.emplace_back(wells.table.header[column] + "=" + one, std::move(values));
  }
}

void add_columns(const AttributeParams& p, const WellTable& wells, core::Problems& problems,
                 std::vector<std::string>& said, Columns& out) {
  const io::TextTable& table = wells.table;
  std::vector<std::string> names = p.columns;
  const std::size_t id = p.id_column.empty() ? 0 : table.column(p.id_column);
  if (names.empty()) {
    for (std::size_t c = 0; c < table.header.size(); ++c) {
      if (c != id) names.push_back(table.header[c]);
    }
  }
  for (const std::string& name : p.categories) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  for (const std::string& name : names) {
    const std::size_t column = table.column(name);
    if (column >= table.header.size()) {
      const std::string near = core::nearest(name, table.header);
      problems.add({.file = table.file,
                    .what = fmt::format("there is no column '{}'{}", name,
                                        near.empty() ? "" : "; did you mean '" + near + "'?")});
      continue;
    }
    const bool declared = std::find(p.categories.begin(), p.categories.end(), name) != p.categories.end();
    if (declared || !is_numeric(table, column)) {
      if (!declared && refuse_texts_among_numbers(table, column, problems)) continue;
      const std::size_t before = out.size();
      add_one_hot(wells, column, out);
      said.push_back(fmt::format("{}: column '{}' holds classes: {} columns of 0 and 1", table.file, name,
                                 out.size() - before));
    } else {
      refuse_codes(table, column, problems);
      add_numeric(wells, column, out);
    }
  }
}

}  // namespace

void load_attributes(const DataParams& params, const std::filesystem::path& base, LoadedData& data,
                     core::Problems& problems) {
  Columns columns;
  for (const AttributeParams& p : params.attributes) {
    if (p.file.empty()) continue;
    auto wells = read_well_table(p.file, p.id_column, dialect_of_table(p), base, data, problems);
    if (!wells) continue;
    clear_missing(wells->table, dialect_of_table(p));
    for (std::size_t e = 0; e < wells->row_of.size(); ++e) {
      if (wells->row_of[e] || params.require.complete_attributes) continue;
      // Gauges beside wells, or gauges alone: what is no well may have no row in the wells' table.
      if (data.targets.size() > 1 || is_gauge(data, data.panel.entities[e])) {
        data.warnings.push_back(
            fmt::format("{}: no row for {}: its attributes stand at the mean of the others",
                        wells->table.file, data.panel.entities[e]));
        continue;
      }
      problems.add({.file = wells->table.file,
                    .where = "well " + data.panel.entities[e],
                    .what = "there is no row for this well",
                    .mend = "Add it, exclude the well, or set require.complete_attributes"});
    }
    add_columns(p, *wells, problems, data.said, columns);
  }
  Attributes& attributes = data.panel.attributes;
  for (const auto& [name, values] : columns) {
    if (std::find(attributes.names.begin(), attributes.names.end(), name) != attributes.names.end())
      problems.add({.where = "data.attributes", .what = "two files give the attribute '" + name + "'"});
    attributes.names.push_back(name);
  }
  for (std::size_t e = 0; e < data.panel.entity_count(); ++e) {
    for (const auto& [name, values] : columns) attributes.values.push_back(values[e]);
  }
}

void fill_attributes(LoadedData& data, core::Problems& problems) {
  Attributes& attributes = data.panel.attributes;
  const std::size_t count = attributes.names.size();
  for (std::size_t a = 0; a < count; ++a) {
    const bool one_hot = attributes.names[a].find('=') != std::string::npos;
    double sum = 0;
    std::size_t n = 0;
    std::string missing;
    std::size_t told = 0;
    for (std::size_t e = 0; e < data.panel.entity_count(); ++e) {
      const double value = attributes.values[e * count + a];
      if (std::isnan(value)) {
        if (++told <= kMostNames) missing += (missing.empty() ? "" : ", ") + data.panel.entities[e];
      } else {
        sum += value;
        ++n;
      }
    }
    if (missing.empty()) continue;
    if (told > kMostNames) missing += fmt::format(" and {} more", told - kMostNames);
    const bool gauges_alone = std::all_of(data.panel.entities.begin(), data.panel.entities.end(),
                                          [&](const std::string& one) { return is_gauge(data, one); });
    if (n == 0 && gauges_alone) {  // the table is of wells: a column that tells nothing
      for (std::size_t e = 0; e < data.panel.entity_count(); ++e) attributes.values[e * count + a] = 0;
      data.warnings.push_back(
          fmt::format("attribute '{}' is missing for every place of the study ({}): it stands at 0 and tells "
                      "them not apart",
                      attributes.names[a], missing));
      continue;
    }
    if (n == 0) {
      problems.add({.where = fmt::format("data.attributes, attribute '{}'", attributes.names[a]),
                    .what = "it is missing for every well of the study",
                    .mend = "Leave the column out ('columns' names those to take), or complete the file"});
      continue;
    }
    const double fill = one_hot || n == 0 ? 0 : sum / static_cast<double>(n);
    for (std::size_t e = 0; e < data.panel.entity_count(); ++e) {
      double& value = attributes.values[e * count + a];
      if (std::isnan(value)) value = fill;
    }
    const std::size_t wells = data.panel.entity_count() - n;
    data.warnings.push_back(
        fmt::format("attribute '{}' is missing for {} of {} wells ({}); filled with {}", attributes.names[a],
                    wells, data.panel.entity_count(), missing,
                    one_hot ? "no class" : fmt::format("the mean of the others, {:.6g}", fill)));
  }
}

namespace {

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
