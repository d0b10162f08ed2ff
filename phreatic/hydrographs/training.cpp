// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/training.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files.hpp"
#include "phreatic/hydrographs/model_file.hpp"

namespace phreatic::hydrographs {
namespace {

void append(std::vector<learn::Window>& all, std::vector<learn::Window> more) {
  all.insert(all.end(), more.begin(), more.end());
}

// Training windows of every range; where the study validates on overlapping steps, targets outside the ranges
// are not scored because make_windows scores steps inside a range only.
learn::WindowSplit cut_windows(const Prepared& prepared, const TaskParams& task, const Unit& unit,
                               const learn::SeriesSet& set) {
  std::vector<learn::StepRange> validation;
  std::vector<std::vector<learn::StepRange>> training(2,
                                                      std::vector<learn::StepRange>(unit.learns_from.size()));
  for (std::size_t i = 0; i < unit.learns_from.size(); ++i) {
    const UnitSteps steps = unit_steps(prepared, task.validation, unit, unit.learns_from[i]);
    validation.push_back(steps.validation);
    for (std::size_t k = 0; k < steps.training.size(); ++k) training[k][i] = steps.training[k];
  }
  learn::WindowSplit windows;
  for (const auto& ranges : training)
    append(windows.training, learn::make_windows(set, ranges, task.learn.window, true).windows);
  learn::WindowParams once = task.learn.window;  // validation scores each step once
  if (once.mode == learn::WindowMode::simulation) once.stride.reset();
  append(windows.validation, learn::make_windows(set, validation, once, true).windows);
  return windows;
}

// A unit without any validation steps learns all its epochs; one that has some must be stopped by them.
bool wants_validation(const Prepared& prepared, const TaskParams& task, const Unit& unit) {
  return std::any_of(unit.learns_from.begin(), unit.learns_from.end(), [&](std::size_t e) {
    const learn::StepRange steps = unit_steps(prepared, task.validation, unit, e).validation;
    return steps.end > steps.begin;
  });
}

}  // namespace

std::vector<UnitTraining> train_units(const Prepared& prepared, const Models& models,
                                      learn::ResumeMode resume, core::Context& context) {
  const TaskParams& task = models.task;
  const std::vector<Unit>& units = models.units;
  std::vector<UnitTraining> trained;
  core::Problems problems;
  core::Progress progress("training", units.size(), "models", context.show_progress && units.size() > 1);
  for (const Unit& unit : units) {
    core::throw_if_interrupted();
    const UnitScaling scaling = fit_scaling(prepared, task, unit);
    const learn::SeriesSet set = make_series(prepared, task, scaling, unit.learns_from, true);
    const learn::WindowSplit windows = cut_windows(prepared, task, unit, set);
    if (wants_validation(prepared, task, unit) && windows.validation.empty()) {
      problems.add({.where = "model " + unit.name,
                    .what =
                        "has no window to validate on: its drivers begin too late for a whole window before "
                        "the levels of that period, or have gaps",
                    .mend = "Shorten 'window.seq_length', use fewer validation blocks, or move the period"});
      continue;
    }
    if (windows.training.empty()) {
      problems.add(
          {.where = "model " + unit.name,
           .what = fmt::format("no training window of {} steps has complete drivers and an observed level",
                               task.learn.window.length()),
           .mend =
               "Shorten window.seq_length, extend the training period, or give the drivers a gap policy"});
      continue;
    }
    learn::TrainTask job;
    job.folder = models.folder / unit.name;
    job.resume = resume;
    job.study_json = to_json(describe_unit(prepared, task, unit, scaling));
    UnitTraining result{unit, {}, windows.training.size(), windows.validation.size()};
    learn::LearnParams params = task.learn;
    // Units differ by their seeds too, so that blocked ensembles are as diverse as their members.
    if (unit.block > 0) params.training.seed += std::uint64_t{1000} * static_cast<std::uint64_t>(unit.block);
    core::Context inner{context.log, context.show_progress && units.size() == 1};
    result.result = learn::train_ensemble(set, windows, params, job, inner);
    for (const learn::MemberResult& member : result.result.members) {
      if (member.status == learn::TrainStatus::diverged)
        context.log.warn(fmt::format("model {}: {}", unit.name, member.message));
    }
    context.log.detail(fmt::format("model {}: {} training windows, {} validation windows, {} members",
                                   unit.name, windows.training.size(), windows.validation.size(),
                                   result.result.members.size()));
    if (!result.result.usable())
      problems.add({.where = "model " + unit.name, .what = "no member could be trained; see log.txt"});
    trained.push_back(std::move(result));
    progress.advance(1, unit.name);
  }
  problems.throw_if_any();
  write_unit_names(models.folder, units);
  return trained;
}

}  // namespace phreatic::hydrographs
