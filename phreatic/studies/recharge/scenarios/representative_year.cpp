// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/scenarios/representative_year.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/series/evapotranspiration.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::studies::recharge {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kFewestYears = 5;

// [days] reference evapotranspiration; empty where the table has no columns for it.
std::vector<double> evapotranspiration(const Table& table, std::string& how) {
  if (table.has("evapotranspiration_mm")) {
    how = "as given";
    return table.numbers("evapotranspiration_mm");
  }
  if (!table.has("temperature_degC") || !table.has("radiation_mj_m2")) return {};
  how = "Makkink";
  std::vector<double> out;
  for (std::size_t i = 0; i < table.ids.size(); ++i) {
    data::DayWeather day;
    day.temperature_degC = table.numbers("temperature_degC")[i];
    day.radiation_mj_m2 = table.numbers("radiation_mj_m2")[i];
    out.push_back(data::makkink_mm(day));
  }
  return out;
}

void check_columns(const Table& table, const std::string& file, core::Problems& problems) {
  const auto refuse = [&](const std::string& where, const std::string& what, const std::string& mend) {
    problems.add({.file = file, .where = where, .what = what, .mend = mend});
  };
  if (!table.has("precipitation_mm"))
    refuse("precipitation_mm", "the column is missing", "Name it so, in mm a day");
  if (!table.has("evapotranspiration_mm") &&
      (!table.has("temperature_degC") || !table.has("radiation_mj_m2")))
    refuse("evapotranspiration_mm", "the column is missing",
           "Give it, or temperature_degC and radiation_mj_m2 (MJ/m2/d), from which Makkink's is computed");
  for (const TableColumn& column : table.columns) {
    for (std::size_t i = 0; i < column.numbers.size(); ++i) {
      const double v = column.numbers[i];
      const bool water = column.name == "precipitation_mm" || column.name == "evapotranspiration_mm";
      if (!water || std::isnan(v) || (v >= 0 && v < 1000)) continue;
      refuse(fmt::format("{}, {}", column.name, table.ids[i]), fmt::format("has the value {:g} mm", v),
             "Leave days without a value empty");
      break;
    }
    if (!column.texts.empty() && (column.name.ends_with("_mm") || column.name.ends_with("degC")))
      refuse(column.name, "has cells that are no numbers", "Leave days without a value empty");
  }
}

std::vector<core::Seconds> dates_of(const Table& table, const std::string& file, core::Problems& problems) {
  std::vector<core::Seconds> out;
  for (std::size_t i = 0; i < table.ids.size(); ++i) {
    const auto date = core::parse_date(table.ids[i], core::DateOrder::iso);
    if (date && (out.empty() || *date > out.back())) {
      out.push_back(*date);
      continue;
    }
    problems.add({.file = file,
                  .where = fmt::format("line {}", i + 2),
                  .what = date ? fmt::format("{} does not come after the line before", table.ids[i])
                               : fmt::format("'{}' is no date", table.ids[i]),
                  .allowed = "2001-12-31, one line a day in their order"});
    return out;
  }
  return out;
}

// Cumulative surplus of the year that begins on this day; empty when a day is missing.
std::vector<double> cumulative(const DailySurplus& surplus, std::int64_t first_day, std::int64_t next_first) {
  std::vector<double> out;
  double sum = 0;
  for (std::int64_t day = first_day; day < next_first; ++day) {
    const core::CivilDate date = core::civil_from_days(day);
    const std::int64_t at = day - core::day_of(surplus.first);
    if (at < 0 || at >= static_cast<std::int64_t>(surplus.surplus_mm.size())) return {};
    const double v = surplus.surplus_mm[static_cast<std::size_t>(at)];
    if (std::isnan(v)) return {};
    sum += v;
    if (date.month == 2 && date.day == 29) continue;
    out.push_back(sum);
  }
  return out;
}

}  // namespace

DailySurplus read_surplus(const YearParams& params, const std::string& study_file) {
  const Table table = read_table(params.weather);
  core::Problems problems;
  check_columns(table, params.weather, problems);
  const auto dates = dates_of(table, params.weather, problems);
  if (table.ids.empty())
    problems.add({.file = study_file, .where = "year.weather", .what = params.weather + " has no lines"});
  problems.throw_if_any();
  DailySurplus out;
  out.first = dates.front();
  out.surplus_mm.assign(
      static_cast<std::size_t>(core::day_of(dates.back()) - core::day_of(dates.front())) + 1, kMissing);
  const auto lost = evapotranspiration(table, out.evapotranspiration);
  for (std::size_t i = 0; i < dates.size(); ++i)
    out.surplus_mm[static_cast<std::size_t>(core::day_of(dates[i]) - core::day_of(out.first))] =
        table.numbers("precipitation_mm")[i] - lost[i];
  return out;
}

RepresentativeYear representative_year(const DailySurplus& surplus, const YearParams& params,
                                       const std::string& study_file) {
  RepresentativeYear out;
  const int first_year = core::year_of(surplus.first);
  const int last_year = core::civil_from_days(core::day_of(surplus.first) +
                                              static_cast<std::int64_t>(surplus.surplus_mm.size()))
                            .year;
  for (int year = first_year; year <= last_year; ++year) {
    const std::int64_t first = core::days_from_civil({year, params.first_month, 1});
    const std::int64_t next = core::days_from_civil({year + 1, params.first_month, 1});
    auto mm = cumulative(surplus, first, next);
    if (mm.empty())
      ++out.incomplete;
    else
      out.years.push_back({first * core::kSecondsPerDay, std::move(mm), 0, 0});
  }
  if (out.years.size() < kFewestYears)
    throw core::InputError(
        {.file = study_file,
         .where = "year.weather",
         .what = fmt::format("has {} complete years from month {} on", out.years.size(), params.first_month),
         .allowed = fmt::format("{} or more, thirty are usual", kFewestYears),
         .mend = "Give a longer record, or fill its gaps"});
  for (std::size_t day = 0; day < kDaysOfYear; ++day) {
    std::vector<double> values;
    for (const ComparedYear& y : out.years) values.push_back(y.cumulative_mm[day]);
    out.low.push_back(stats::quantile(values, params.low));
    out.median.push_back(stats::quantile(values, 0.5));
    out.high.push_back(stats::quantile(values, params.high));
  }
  for (ComparedYear& y : out.years) {
    for (std::size_t day = 0; day < kDaysOfYear; ++day) {
      const bool within = y.cumulative_mm[day] >= out.low[day] && y.cumulative_mm[day] <= out.high[day];
      y.share_within += within ? 1.0 / kDaysOfYear : 0;
      y.distance_mm += std::abs(y.cumulative_mm[day] - out.median[day]) / kDaysOfYear;
    }
  }
  const auto better = [](const ComparedYear& a, const ComparedYear& b) {
    return a.share_within != b.share_within ? a.share_within > b.share_within : a.distance_mm < b.distance_mm;
  };
  for (std::size_t i = 1; i < out.years.size(); ++i) {
    if (better(out.years[i], out.years[out.best])) out.best = i;
  }
  return out;
}

Table year_table(const RepresentativeYear& year) {
  Table out;
  out.key = "day";
  for (std::size_t day = 0; day < kDaysOfYear; ++day) out.ids.push_back(fmt::format("{}", day + 1));
  out.add("low_mm", year.low);
  out.add("median_mm", year.median);
  out.add("high_mm", year.high);
  for (const ComparedYear& y : year.years) out.add(core::format_date(y.first), y.cumulative_mm);
  return out;
}

}  // namespace phreatic::studies::recharge
