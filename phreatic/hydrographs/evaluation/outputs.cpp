// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/evaluation/outputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/io/cf_series.hpp"
#include "phreatic/data/io/csv/csv.hpp"
#include "phreatic/data/io/netcdf.hpp"

namespace phreatic::hydrographs {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBaselinePrefix = "baseline_";
constexpr const char* kTableFields[] = {"observed",      "simulated",           "lower", "upper", "spread",
                                        "out_of_sample", "out_of_sample_spread"};  // of predictions.csv

std::vector<double> gather(std::size_t entities, std::size_t times, const auto& series_of) {
  std::vector<double> out;
  out.reserve(entities * times);
  for (std::size_t e = 0; e < entities; ++e) {
    const auto& series = series_of(e);
    if (series.size() != times) {
      out.insert(out.end(), times, std::nan(""));
    } else {
      out.insert(out.end(), series.begin(), series.end());
    }
  }
  return out;
}

std::string number(double value, int digits) {
  return std::isnan(value) ? "" : fmt::format("{:.{}g}", value, digits);
}

}  // namespace

const RunSeries::Field* RunSeries::find(const std::string& name) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

RunSeries collect_series(const Prepared& prepared, const std::vector<Simulation>& simulations,
                         const std::vector<std::vector<BaselineSimulation>>& baselines) {
  const data::Panel& panel = prepared.panel;
  const std::size_t wells = panel.entity_count();
  const std::size_t times = panel.time_count();
  const std::string unit = panel.variables[prepared.target].unit;
  RunSeries out;
  out.axis = panel.axis;
  out.entities = panel.entities;
  out.places = panel.places;
  const auto add = [&](const std::string& name, const std::string& field_unit, const std::string& about,
                       const auto& series_of) {
    out.fields.push_back({name, field_unit, about, gather(wells, times, series_of)});
  };
  add("observed", unit, "observed level", [&](std::size_t e) { return prepared.scored_level(e); });
  const auto member = [&](std::vector<double> Simulation::*field) {
    return
        [&simulations, field](std::size_t e) -> const std::vector<double>& { return simulations[e].*field; };
  };
  add("simulated", unit, "median of the members", member(&Simulation::level));
  add("lower", unit, "lower end of the band", member(&Simulation::lower));
  add("upper", unit, "upper end of the band", member(&Simulation::upper));
  add("spread", unit, "standard deviation over the members", member(&Simulation::spread));
  add("member_low", unit, "smallest member", member(&Simulation::low));
  add("member_high", unit, "largest member", member(&Simulation::high));
  add("out_of_sample", unit, "median of the members that have not learnt from the step",
      member(&Simulation::out_of_sample));
  add("out_of_sample_spread", unit, "standard deviation over the members that have not learnt from the step",
      member(&Simulation::out_of_sample_spread));
  add("left_out_lower", unit, "lower end of the band on left-out blocks, calibrated on the others",
      member(&Simulation::left_out_lower));
  add("left_out_upper", unit, "upper end of the band on left-out blocks, calibrated on the others",
      member(&Simulation::left_out_upper));
  if (!baselines.empty()) {
    for (std::size_t b = 0; b < baselines.front().size(); ++b) {
      const std::string name = kBaselinePrefix + baselines.front()[b].name;
      add(name, unit, "simple model",
          [&](std::size_t e) -> const std::vector<double>& { return baselines[e][b].level; });
      add(name + "_lower", unit, "lower end of its band",
          [&](std::size_t e) -> const std::vector<double>& { return baselines[e][b].lower; });
      add(name + "_upper", unit, "upper end of its band",
          [&](std::size_t e) -> const std::vector<double>& { return baselines[e][b].upper; });
    }
  }
  for (const std::size_t v : prepared.drivers) {
    add("driver_" + panel.variables[v].name, panel.variables[v].unit, "driver",
        [&](std::size_t e) { return panel.series(e, v); });
  }
  return out;
}

std::vector<Simulation> simulations_of(const RunSeries& series) {
  std::vector<Simulation> out(series.entities.size());
  const std::pair<const char*, std::vector<double> Simulation::*> fields[] = {
      {"simulated", &Simulation::level},
      {"lower", &Simulation::lower},
      {"upper", &Simulation::upper},
      {"spread", &Simulation::spread},
      {"member_low", &Simulation::low},
      {"member_high", &Simulation::high},
      {"out_of_sample", &Simulation::out_of_sample},
      {"left_out_lower", &Simulation::left_out_lower},
      {"left_out_upper", &Simulation::left_out_upper}};
  for (const auto& [name, member] : fields) {
    const RunSeries::Field* field = series.find(name);
    if (field == nullptr)
      throw core::InputError({.file = "predictions.nc",
                              .what = fmt::format("has no variable '{}'", name),
                              .mend = "Run 'phreatic predict' again"});
    for (std::size_t e = 0; e < out.size(); ++e) {
      const auto values = series.series(*field, e);
      (out[e].*member).assign(values.begin(), values.end());
    }
  }
  return out;
}

std::vector<std::vector<BaselineSimulation>> baselines_of(const RunSeries& series) {
  std::vector<std::vector<BaselineSimulation>> out(series.entities.size());
  const std::string prefix = kBaselinePrefix;
  for (const RunSeries::Field& field : series.fields) {
    const RunSeries::Field* lower = series.find(field.name + "_lower");
    const RunSeries::Field* upper = series.find(field.name + "_upper");
    if (field.name.rfind(prefix, 0) != 0 || lower == nullptr || upper == nullptr) continue;
    for (std::size_t e = 0; e < out.size(); ++e) {
      const auto copy = [&](const RunSeries::Field& f) {
        const auto values = series.series(f, e);
        return std::vector<double>(values.begin(), values.end());
      };
      out[e].push_back({field.name.substr(prefix.size()), copy(field), copy(*lower), copy(*upper), ""});
    }
  }
  return out;
}

void write_run_series(RunSeries series, const fs::path& netcdf, const fs::path& csv) {
  data::io::SeriesFile file;
  file.stations = std::move(series.entities);
  file.places = std::move(series.places);
  file.axis = series.axis;
  file.attributes = {{"title", "Groundwater levels: observed, simulated, bands and baselines"},
                     {"source", "phreatic " PHREATIC_VERSION}};
  for (RunSeries::Field& field : series.fields) {
    data::io::SeriesArray array;
    array.name = field.name;
    array.units = field.unit;
    array.long_name = field.about;
    array.values = std::move(field.values);
    file.arrays.push_back(std::move(array));
  }
  data::io::write_series(netcdf, file);
  std::erase_if(file.arrays, [](const data::io::SeriesArray& array) {
    return std::find(std::begin(kTableFields), std::end(kTableFields), array.name) == std::end(kTableFields);
  });
  for (data::io::SeriesArray& array : file.arrays) array.name += "_" + array.units;
  data::io::write_series_csv(csv, file);
}

RunSeries read_run_series(const fs::path& netcdf) {
  data::io::SeriesFile file = data::io::read_series(netcdf);
  RunSeries series;
  series.axis = file.axis;
  series.entities = std::move(file.stations);
  series.places = std::move(file.places);
  for (data::io::SeriesArray& array : file.arrays)
    series.fields.push_back({array.name, array.units, array.long_name, std::move(array.values)});
  return series;
}

void write_cube(const fs::path& path, const Prepared& prepared, const std::vector<std::string>& drivers,
                std::size_t lags, const std::function<void(const CubeSink&)>& explain) {
  data::io::NcSchema schema;
  const std::string unit = prepared.panel.variables[prepared.target].unit;
  schema.dimensions = {
      {"sample", 0}, {"lag", lags}, {"driver", drivers.size()}, {"station", prepared.panel.entity_count()}};
  using data::io::NcType;
  schema.variables = {
      {"driver_name", NcType::text, {"driver"}, "", {{"long_name", "driver"}}},
      {"station_name", NcType::text, {"station"}, "", {{"long_name", "well"}}},
      {"station_index", NcType::int64, {"sample"}, "", {{"long_name", "index of the well, from 0"}}},
      {"time",
       NcType::int64,
       {"sample"},
       "seconds since 1970-01-01 00:00:00",
       {{"standard_name", "time"}, {"calendar", "proleptic_gregorian"}}},
      {"attribution",
       NcType::float32,
       {"sample", "lag", "driver"},
       unit,
       {{"long_name", "contribution to the simulated level; lag 0 is the oldest step"}}},
      {"base", NcType::float64, {"sample"}, unit, {{"long_name", "mean simulated level of the references"}}},
      {"simulated", NcType::float64, {"sample"}, unit, {{"long_name", "simulated level"}}},
      {"residual",
       NcType::float64,
       {"sample"},
       unit,
       {{"long_name", "sum of contributions + base - simulated level"}}}};
  data::io::write_netcdf(path, schema, [&](data::io::NcWriter& writer) {
    writer.put("driver_name", drivers);
    writer.put("station_name", prepared.panel.entities);
    std::vector<float> values;
    explain([&](const ExplainedDate& date, std::span<const double> cube) {
      values.assign(cube.begin(), cube.end());
      const std::int64_t station[] = {static_cast<std::int64_t>(date.entity)};
      const std::int64_t time[] = {prepared.panel.axis.start(date.step)};
      const double base[] = {date.base_m};
      const double simulated[] = {date.value_m};
      const double residual[] = {date.residual_m};
      writer.append("station_index", station);
      writer.append("time", time);
      writer.append("attribution", values);
      writer.append("base", base);
      writer.append("simulated", simulated);
      writer.append("residual", residual);
    });
  });
}

void write_explanation(const Explanation& x, const Prepared& prepared, const fs::path& folder) {
  const auto& drivers = x.drivers;
  const std::string unit = prepared.panel.variables[prepared.target].unit;
  std::string rows =
      fmt::format("well,date,observed_{0},simulated_{0},base_{0},residual_{0},draws,converged", unit);
  for (const std::string& d : drivers) rows += "," + core::csv_cell(d + "_" + unit);
  for (const std::string& d : drivers) rows += "," + core::csv_cell(d + "_error_" + unit);
  rows += "\n";
  for (std::size_t i = 0; i < x.dates.size(); ++i) {
    const ExplainedDate& date = x.dates[i];
    rows += fmt::format("{},{},{},{},{},{},{},{}", core::csv_cell(prepared.panel.entities[date.entity]),
                        core::format_date(prepared.panel.axis.start(date.step)),
                        number(x.table.observed[i], 9), number(date.value_m, 9), number(date.base_m, 9),
                        number(date.residual_m, 9), date.draws, date.converged ? 1 : 0);
    const std::size_t columns = x.table.drivers.size();
    for (std::size_t d = 0; d < drivers.size(); ++d)
      rows += "," + number(x.table.contributions[i * columns + d], 7);
    for (std::size_t d = 0; d < drivers.size(); ++d) rows += "," + number(x.table.errors[i * columns + d], 3);
    rows += "\n";
  }
  core::write_file_atomic(folder / "contributions.csv", rows);
  std::string lags = fmt::format("well,lag,driver,mean_{0},mean_absolute_{0}\n", unit);
  for (std::size_t w = 0; w < x.profile.entities; ++w) {
    for (std::size_t lag = 0; lag < x.profile.lags; ++lag) {
      for (std::size_t d = 0; d < drivers.size(); ++d) {
        const std::size_t i = (w * x.profile.lags + lag) * x.profile.drivers + d;
        lags += fmt::format("{},{},{},{},{}\n", core::csv_cell(prepared.panel.entities[w]), lag,
                            core::csv_cell(drivers[d]), number(x.profile.mean[i], 6),
                            number(x.profile.mean_absolute[i], 6));
      }
    }
  }
  core::write_file_atomic(folder / "lags.csv", lags);
}

namespace {

// A table of texts read strictly as this file writes it.
data::io::TextTable read_own(const fs::path& path) {
  core::Problems problems;
  data::io::CsvDialect dialect;
  dialect.separator = "comma";
  dialect.decimal = "point";
  data::io::TextTable table = data::io::read_text_table(path, dialect, problems);
  problems.throw_if_any();
  return table;
}

double cell(const data::io::TextTable& table, std::size_t row, std::size_t column) {
  double value = 0;
  if (column >= table.rows[row].size() || !data::io::parse_cell(table.rows[row][column], '.', value)) {
    throw core::InputError({.file = table.file,
                            .line = table.lines[row],
                            .what = "is damaged",
                            .mend = "Run 'phreatic explain' again"});
  }
  return value;
}

// Rows stand together by entity: that of the row before is looked at first, so that many wells are not searched row by row.
std::size_t entity_index(const RunSeries& series, const std::string& name, const std::string& file,
                         std::size_t before) {
  if (before < series.entities.size() && series.entities[before] == name) return before;
  const auto found = std::find(series.entities.begin(), series.entities.end(), name);
  if (found == series.entities.end())
    throw core::InputError(
        {.file = file, .where = name, .what = "is no well of predictions.nc", .mend = "Run the study again"});
  return static_cast<std::size_t>(found - series.entities.begin());
}

void read_lags(const fs::path& path, const RunSeries& series, Explanation& x) {
  const data::io::TextTable table = read_own(path);
  const std::size_t drivers = x.drivers.size();
  x.lags =
      drivers == 0 || series.entities.empty() ? 0 : table.rows.size() / (series.entities.size() * drivers);
  x.profile = {series.entities.size(), x.lags, drivers, {}, {}};
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    x.profile.mean.push_back(cell(table, i, 3));
    x.profile.mean_absolute.push_back(cell(table, i, 4));
  }
  if (x.profile.mean.size() != series.entities.size() * x.lags * drivers) {
    throw core::InputError({.file = path.string(),
                            .what = "does not fit predictions.nc",
                            .mend = "Run 'phreatic explain' again"});
  }
}

}  // namespace

Explanation read_explanation(const fs::path& folder, const RunSeries& series) {
  constexpr std::size_t kFirstDriver = 8;
  const data::io::TextTable table = read_own(folder / "contributions.csv");
  Explanation x;
  if (table.header.size() < kFirstDriver || !table.header[2].starts_with("observed_"))
    throw core::InputError(
        {.file = table.file, .what = "is damaged", .mend = "Run 'phreatic explain' again"});
  const std::size_t drivers = (table.header.size() - kFirstDriver) / 2;
  const std::size_t suffix = table.header[2].size() - std::string("observed").size();  // "_m"
  for (std::size_t d = 0; d < drivers; ++d) {
    const std::string name = core::text_of_csv_cell(table.header[kFirstDriver + d]);
    x.drivers.push_back(name.substr(0, name.size() - suffix));
  }
  x.table.entities = series.entities;
  x.table.drivers = x.drivers;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto& row = table.rows[i];
    ExplainedDate date;
    const std::size_t before = x.dates.empty() ? 0 : x.dates.back().entity;
    date.entity = entity_index(series, core::text_of_csv_cell(row[0]), table.file, before);
    const auto time = core::parse_date(row[1], core::DateOrder::iso);
    const auto step = time ? series.axis.index_of(*time) : std::nullopt;
    if (!step)
      throw core::InputError({.file = table.file,
                              .line = table.lines[i],
                              .what = "'" + row[1] + "' is no date of predictions.nc"});
    date.step = *step;
    date.value_m = cell(table, i, 3);
    date.base_m = cell(table, i, 4);
    date.residual_m = cell(table, i, 5);
    date.draws = static_cast<int>(cell(table, i, 6));
    date.converged = cell(table, i, 7) == 1;
    x.dates.push_back(date);
    x.table.converged.push_back(date.converged ? 1 : 0);
    x.table.entity.push_back(date.entity);
    x.table.time.push_back(*time);
    x.table.observed.push_back(cell(table, i, 2));
    x.table.simulated.push_back(date.value_m);
    x.table.base.push_back(date.base_m);
    for (std::size_t d = 0; d < drivers; ++d) {
      x.table.contributions.push_back(cell(table, i, kFirstDriver + d));
      x.table.errors.push_back(cell(table, i, kFirstDriver + drivers + d));
    }
  }
  read_lags(folder / "lags.csv", series, x);
  return x;
}

}  // namespace phreatic::hydrographs
