// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/training/training.hpp"

#include <fmt/format.h>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/forecasts/lead_weights.hpp"
#include "phreatic/hydrographs/targets/unit_windows.hpp"
#include "phreatic/hydrographs/training/model_file.hpp"

namespace phreatic::hydrographs {

std::vector<UnitTraining> train_units(const Prepared& prepared, const Models& models,
                                      learn::ResumeMode resume, core::Context& context,
                                      const KeepGoing& keep_going) {
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
    if (windows.validation.empty() && wants_validation(prepared, task, unit)) {
      problems.add(no_validation_window(unit));
      continue;
    }
    if (windows.training.empty()) {
      problems.add(no_training_window(prepared, task, unit, set));
      continue;
    }
    learn::TrainTask job;
    job.folder = models.folder / unit.name;
    job.resume = resume;
    job.keep_going = keep_going;
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
  if (task.anchored_by_lead()) weigh_leads(prepared, models, context);
  write_unit_names(models.folder, units);
  return trained;
}

}  // namespace phreatic::hydrographs
