// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/targets/unit_windows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/training/drift.hpp"

namespace phreatic::hydrographs {
namespace {

void append(std::vector<learn::Window>& all, std::vector<learn::Window> more) {
  all.insert(all.end(), more.begin(), more.end());
}

// Training ranges [k][well] and the validation range of each well.
struct Ranges {
  std::vector<std::vector<learn::StepRange>> training;
  std::vector<learn::StepRange> validation;
};

Ranges ranges_of(const Prepared& prepared, const TaskParams& task, const Unit& unit) {
  Ranges ranges;
  ranges.training.assign(2, std::vector<learn::StepRange>(unit.learns_from.size()));
  for (std::size_t i = 0; i < unit.learns_from.size(); ++i) {
    const UnitSteps steps = unit_steps(prepared, task.validation, unit, unit.learns_from[i]);
    ranges.validation.push_back(steps.validation);
    for (std::size_t k = 0; k < steps.training.size(); ++k) ranges.training[k][i] = steps.training[k];
  }
  return ranges;
}

bool fits(const learn::SeriesSet& set, const Ranges& ranges, learn::WindowParams window, int length) {
  window.seq_length = length;
  if (window.predict_last_n) window.predict_last_n = std::min(*window.predict_last_n, length);
  return std::any_of(ranges.training.begin(), ranges.training.end(), [&](const auto& training) {
    return !learn::make_windows(set, training, window, true).windows.empty();
  });
}

// The longest window of the same kind that fits somewhere; 0 when none of ten steps does.
int longest_that_fits(const learn::SeriesSet& set, const Ranges& ranges, const learn::WindowParams& window) {
  int low = 0;
  int high = window.seq_length;
  while (high - low > std::max(1, low / 20)) {
    const int middle = low + (high - low) / 2;
    if (fits(set, ranges, window, middle)) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low >= 10 ? low : 0;
}

std::size_t observed(std::span<const double> level, const learn::StepRange& steps) {
  std::size_t n = 0;
  for (std::size_t t = steps.begin; t < std::min(steps.end, level.size()); ++t)
    n += std::isnan(level[t]) ? 0U : 1U;
  return n;
}

}  // namespace

learn::WindowSplit cut_windows(const Prepared& prepared, const TaskParams& task, const Unit& unit,
                               const learn::SeriesSet& set) {
  const Ranges ranges = ranges_of(prepared, task, unit);
  learn::WindowSplit windows;
  for (const auto& training : ranges.training)
    append(windows.training, learn::make_windows(set, training, task.learn.window, true).windows);
  learn::WindowParams once = task.learn.window;  // validation scores each step once
  if (once.mode == learn::WindowMode::simulation) once.stride.reset();
  append(windows.validation, learn::make_windows(set, ranges.validation, once, true).windows);
  return windows;
}

core::Problem no_training_window(const Prepared& prepared, const TaskParams& task, const Unit& unit,
                                 const learn::SeriesSet& set) {
  const Ranges ranges = ranges_of(prepared, task, unit);
  const int fitting = longest_that_fits(set, ranges, task.learn.window);
  core::Problem problem{.where = "model " + unit.name};
  problem.what = fmt::format("no training window of {} steps has complete drivers and an observed level",
                             task.learn.window.length());
  problem.mend = "Shorten window.seq_length, extend the training period, or give the drivers a gap policy";
  if (fitting > 0)
    problem.mend +=
        fmt::format("; windows of up to about {} steps fit: window.seq_length: {}", fitting, fitting);
  return problem;
}

bool wants_validation(const Prepared& prepared, const TaskParams& task, const Unit& unit) {
  return std::any_of(unit.learns_from.begin(), unit.learns_from.end(), [&](std::size_t e) {
    const learn::StepRange steps = unit_steps(prepared, task.validation, unit, e).validation;
    return steps.end > steps.begin;
  });
}

core::Problem no_validation_window(const Unit& unit) {
  return {.where = "model " + unit.name,
          .what =
              "has no window to validate on: its drivers begin too late for a whole window before the "
              "levels of that period, or have gaps",
          .mend = "Shorten 'window.seq_length', use fewer validation blocks, or move the period"};
}

std::vector<UnitCount> check_training(const Prepared& prepared, const data::SplitParams& split,
                                      const TaskParams& task, core::Problems& problems) {
  std::vector<UnitCount> counts;
  for (const Unit& unit : plan_units(prepared, split, task)) {
    if (unit.learns_from.empty()) continue;
    try {
      const UnitScaling scaling = fit_scaling(prepared, task, unit);
      const learn::SeriesSet set = make_series(prepared, task, scaling, unit.learns_from, true);
      learn::check(task.learn, set);
      const learn::WindowSplit windows = cut_windows(prepared, task, unit, set);
      if (windows.training.empty()) {
        problems.add(no_training_window(prepared, task, unit, set));
      } else if (windows.validation.empty() && wants_validation(prepared, task, unit)) {
        problems.add(no_validation_window(unit));
      }
      counts.push_back({unit.name, windows.training.size(), windows.validation.size(),
                        learn::drift_text(learn::drifting_entities(set, windows))});
    } catch (const core::InputError& error) {
      for (const core::Problem& problem : error.problems()) {
        const auto& known = problems.items();
        const bool told = std::any_of(known.begin(), known.end(),
                                      [&](const core::Problem& p) { return p.text() == problem.text(); });
        if (!told) problems.add(problem);
      }
    }
  }
  return counts;
}

Observations count_observations(const Prepared& prepared, std::size_t entity) {
  Observations count;
  for (const std::size_t v : prepared.targets()) {
    count.training += observed(prepared.panel.series(entity, v), prepared.training(entity));
    count.validation += observed(prepared.panel.series(entity, v), prepared.validation(entity));
    count.test += observed(prepared.scored(entity, v), prepared.test(entity));
  }
  return count;
}

}  // namespace phreatic::hydrographs
