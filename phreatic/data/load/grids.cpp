// SPDX-License-Identifier: BSD-3-Clause
// Gridded drivers of the `data:` block: places of wells, stacks of grids, series on the grid of steps.
#include <fmt/format.h>

#include <algorithm>

#include "phreatic/data/gridded.hpp"
#include "phreatic/data/io/file_hash.hpp"
#include "phreatic/data/load/internal.hpp"

namespace phreatic::data::loading {
namespace {

JobResult load_grid(const GridDriverParams& p, const std::filesystem::path& base, const Panel& places,
                    const StepGrid& grid, std::size_t variable, const AggregateRule& rule,
                    const std::string& where, std::vector<FileRecord>& records) {
  JobResult result;
  result.variables = {variable};
  core::Problems problems;
  GridSeries series;
  try {
    const std::vector<std::filesystem::path> files = list_files(expand_path(p.files, base));
    GridExtraction how = p.how;
    how.unit = p.values.unit;
    if (!how.polygons.empty()) how.polygons = expand_path(how.polygons, base).string();
    series = extract_grids(files, how, places.entities, places.places, problems);
    for (const std::filesystem::path& file : files) {
      std::error_code error;
      records.push_back(
          {file.string(), io::hash_large_file(file), std::filesystem::file_size(file, error), 0});
    }
  } catch (const core::InputError& error) {
    problems.add_all(error.problems());
  }
  for (core::Problem problem : problems.items()) {
    if (problem.where.empty()) problem.where = where;
    result.problems.push_back({"", problem});
  }
  if (!problems.empty()) return result;
  result.said = series.said;
  for (const std::string& text : series.warnings)
    result.warnings.push_back(fmt::format("{}: {}", where, text));
  const core::Seconds native = native_step(series.times);
  if (const auto irregular = rule.rate_per_day
                                 ? irregular_rate(p.values.name, p.values.unit, series.times, native, grid)
                                 : std::nullopt) {
    if (!irregular->told.empty()) {
      result.warnings.push_back(fmt::format("{}: {}", where, irregular->told));
    } else {
      core::Problem problem = irregular->problem;
      problem.where = where;
      result.problems.push_back({"", problem});
      return result;
    }
  }
  for (std::size_t e = 0; e < places.entities.size(); ++e) {
    LoadedSeries one;
    one.variable = variable;
    one.column = &p.values;
    one.well = places.entities[e];
    one.steps = to_steps(series.times, series.values[e], native, grid, rule);
    result.series.push_back(std::move(one));
  }
  return result;
}

}  // namespace

std::vector<JobResult> load_grids(const DataParams& params, const std::filesystem::path& base,
                                  const std::vector<std::string>& wells, const StepGrid& grid,
                                  Variables& variables, std::vector<FileRecord>& records,
                                  core::Problems& problems) {
  std::vector<JobResult> results;
  if (params.grids.empty()) return results;
  LoadedData places;
  places.panel = make_panel({}, wells, {});
  core::Problems told_later;
  load_places(params.places, base, places, told_later);
  for (std::size_t i = 0; i < params.grids.size(); ++i) {
    const GridDriverParams& p = params.grids[i];
    const std::string where = fmt::format("data.grids.{}", i + 1);
    const auto rule =
        unit_rule(p.values.unit, p.values.aggregate, "", role_of(p.values), grid.step(), where, problems);
    if (!rule || p.files.empty()) continue;
    const auto known = std::find_if(variables.list.begin(), variables.list.end(),
                                    [&](const Variable& v) { return v.name == p.values.name; });
    if (known != variables.list.end()) {
      problems.add({.where = where, .what = "two sources give '" + p.values.name + "'"});
      continue;
    }
    AggregateRule aggregate = rule->aggregate;
    aggregate.min_coverage = p.min_coverage;
    variables.list.push_back({p.values.name, rule->unit, role_of(p.values)});
    variables.driver_columns.push_back(&p.values);
    results.push_back(
        load_grid(p, base, places.panel, grid, variables.list.size() - 1, aggregate, where, records));
  }
  return results;
}

}  // namespace phreatic::data::loading
