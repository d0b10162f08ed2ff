// SPDX-License-Identifier: BSD-3-Clause
// Gaps of drivers: filled by the policy of the source that gave them, recorded, refused where none is named.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "phreatic/core/parallel.hpp"
#include "phreatic/data/load/internal.hpp"
#include "phreatic/data/series/gaps.hpp"

namespace phreatic::data::loading {
namespace {

// The steps of all training periods: nothing later enters a climatology.
StepRange fit_range(const LoadedData& data) {
  StepRange fit{data.panel.time_count(), data.panel.time_count()};
  for (const EntitySplit& split : data.split.entities) {
    fit.begin = std::min(fit.begin, split.train.begin);
    fit.end = std::min(fit.end, split.train.end);
  }
  return fit;
}

// The settings of a driver for one well: those of the source that gave it.
const DriverColumnParams& column_of(const Variables& variables, const std::vector<SeriesSource>& sources,
                                    std::size_t e, std::size_t driver) {
  const SeriesSource& source = sources[e * variables.list.size() + variables.targets + driver];
  return source.column != nullptr ? *source.column : *variables.driver_columns[driver];
}

void record_gap(const Variables& variables, const std::vector<SeriesSource>& sources, std::size_t e,
                std::size_t driver, const GapResult& gap, LoadedData& data,
                std::vector<WellProblem>& problems) {
  const std::vector<std::string>& wells = data.panel.entities;
  if (gap.steps == 0) return;
  const DriverColumnParams& column = column_of(variables, sources, e, driver);
  const Variable& variable = variables.list[variables.targets + driver];
  const core::Seconds first = data.panel.axis.start(gap.first);
  data.gaps.push_back(
      {wells[e], variable.name, gap_policy_name(column.gaps), gap.steps, gap.filled, gap.longest, first});
  if (!gap.refused) return;
  core::Problem problem{.file = sources[e * variables.list.size() + variables.targets + driver].file,
                        .where = fmt::format("well {}, driver '{}'", wells[e], variable.name)};
  problem.what = fmt::format(
      "{} steps are missing between its first and last value, the first at {}, the longest gap has {} "
      "steps",
      gap.steps, core::format_date(first), gap.longest);
  const IncompleteSteps& incomplete =
      sources[e * variables.list.size() + variables.targets + driver].incomplete;
  const std::string lacking = incomplete_text(incomplete);
  if (column.gaps == GapPolicy::linear)
    problem.what += fmt::format(", more than gap_steps = {}", column.gap_steps);
  if (!lacking.empty()) problem.what += "; " + lacking;
  problem.allowed = "no gap, or a named policy";
  const bool water = variable.role == Role::precipitation || variable.role == Role::pumping ||
                     variable.unit.rfind("mm/", 0) == 0;
  problem.mend = fmt::format(
      "Mend the file, {}or set gaps: {}linear, climatology, flag, hold or keep for this column of this "
      "source",
      lacking.empty() ? "" : "or set a smaller min_coverage for this source, ",
      water ? "zero (the file holds only steps with water), " : "");
  problems.push_back({wells[e], problem});
}

}  // namespace

void fill_driver_gaps(const Variables& variables, const std::vector<SeriesSource>& sources, LoadedData& data,
                      std::vector<WellProblem>& problems) {
  const std::size_t wells = data.panel.entity_count();
  const StepRange fit = fit_range(data);
  const std::size_t drivers = variables.driver_columns.size();
  std::vector<std::size_t> flagged;
  for (std::size_t i = 0; i < drivers; ++i) {
    for (std::size_t e = 0; e < wells; ++e) {
      if (column_of(variables, sources, e, i).gaps != GapPolicy::flag) continue;
      flagged.push_back(variables.targets + i);
      break;
    }
  }
  const std::size_t first_flag = data.panel.variable_count();
  std::vector<Variable> flags;
  for (const std::size_t v : flagged)
    flags.push_back({variables.list[v].name + "_missing", "-", variables.list[v].role, true});
  add_inputs(flags, data);
  std::vector<GapResult> gaps(wells * drivers);
  core::parallel_for(wells, [&](std::size_t e) {
    for (std::size_t i = 0; i < drivers; ++i) {
      const DriverColumnParams& column = column_of(variables, sources, e, i);
      const std::size_t v = variables.targets + i;
      const auto flag = std::find(flagged.begin(), flagged.end(), v) - flagged.begin();
      const bool has_flag = flag < static_cast<std::ptrdiff_t>(flagged.size());
      const std::span<double> flag_series =
          has_flag ? data.panel.series(e, first_flag + static_cast<std::size_t>(flag)) : std::span<double>();
      gaps[e * drivers + i] = fill_gaps(data.panel.series(e, v), data.panel.axis, fit, column.gaps,
                                        column.gap_steps, flag_series);
    }
  });
  for (std::size_t e = 0; e < wells; ++e) {
    for (std::size_t i = 0; i < drivers; ++i)
      record_gap(variables, sources, e, i, gaps[e * drivers + i], data, problems);
  }
}

}  // namespace phreatic::data::loading
