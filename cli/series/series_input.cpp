// SPDX-License-Identifier: BSD-3-Clause
#include "cli/series/series_input.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/gridded.hpp"

namespace phreatic::cli {

std::string csv_number(double v) { return std::isnan(v) ? "" : fmt::format("{:.9g}", v); }

std::string csv_text(const std::string& text) {
  return text.find_first_of(",\"\n") == std::string::npos ? text : "\"" + text + "\"";
}

void check_out(const std::string& out, const std::vector<std::string>& kinds, bool grids) {
  const auto ends = [&](const std::string& kind) { return out.ends_with(kind); };
  if (std::none_of(kinds.begin(), kinds.end(), ends))
    throw core::InputError({.where = "--out " + out,
                            .what = "is of no kind that is written",
                            .allowed = fmt::format("{}", fmt::join(kinds, ", "))});
  if (!out.ends_with(".csv") && !grids)
    throw core::InputError(
        {.where = "--out " + out, .what = "needs grids; the input is a table", .mend = "Write .csv"});
}

void SeriesInput::add_options(CLI::App& app) {
  app.add_option(
         "FILE", file_,
         "Monthly values: a table (.csv: a row per place and a column per month whose name ends in a "
         "date, or a column of dates and one per place) or grids (NetCDF, GeoTIFF ...; * in the last part "
         "of the name for several files)")
      ->required();
  app.add_option("--variable", variable_, "Variable of grids that hold several");
  app.add_option("--missing", missing_,
                 "Numbers that mean a missing value: --missing -9999 (several: with commas)")
      ->delimiter(',');
  app.add_option("--places", wanted_, "Only these places of a table")->delimiter(',');
}

data::MonthlyValues SeriesInput::read(core::Log* log) const {
  data::MonthlyValues values =
      file_.ends_with(".csv")
          ? data::read_monthly_table(file_, missing_)
          : data::read_monthly_grids(data::list_files(file_), {.variable = variable_, .missing = missing_});
  if (log != nullptr) {
    for (const std::string& line : values.said) log->warn(line);
  }
  if (values.is_static || values.axis.size() < 2)
    throw core::InputError(
        {.where = file_, .what = "has no series: only one month", .allowed = "many months"});
  if (wanted_.empty()) return values;
  core::Problems problems;
  std::vector<std::string> places;
  std::vector<double> kept;
  for (const std::string& name : wanted_) {
    const auto found = std::find(values.places.begin(), values.places.end(), name);
    if (found == values.places.end()) {
      problems.add({.where = "--places " + name,
                    .what = "is no place of " + file_,
                    .mend = values.grid ? "Grids have no named places: leave --places out" : ""});
      continue;
    }
    const auto n = static_cast<std::ptrdiff_t>(values.axis.size());
    const auto at = values.values.begin() + (found - values.places.begin()) * n;
    kept.insert(kept.end(), at, at + n);
    places.push_back(name);
  }
  problems.throw_if_any();
  values.places = places;
  values.values = kept;
  return values;
}

std::string SeriesInput::place(const data::MonthlyValues& values, std::size_t i) {
  if (!values.grid) return csv_text(values.places[i]);
  const auto width = static_cast<std::size_t>(values.grid->width);
  return fmt::format("row {} column {}", i / width, i % width);
}

}  // namespace phreatic::cli
