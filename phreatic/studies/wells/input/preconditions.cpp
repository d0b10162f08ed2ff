// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/input/preconditions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "phreatic/hydrographs/evaluation/rolling.hpp"
#include "phreatic/hydrographs/explanation/references.hpp"
#include "phreatic/hydrographs/targets/targets.hpp"
#include "phreatic/learn/check_settings.hpp"
#include "phreatic/studies/wells/input_findings.hpp"

namespace phreatic::studies::wells {
namespace {

using hydrographs::BandScale;
using hydrographs::Prepared;

// Bands that follow the water balance need its precipitation.
void check_bands(const Prepared& prepared, const CheckedSettings& settings, const std::string& file,
                 core::Problems& problems) {
  if (settings.uncertainty.scale != BandScale::level_and_balance) return;
  if (prepared.panel.find_role(data::Role::precipitation)) return;
  std::string names;
  for (const std::size_t v : prepared.drivers)
    names += (names.empty() ? "" : ", ") + prepared.panel.variables[v].name;
  problems.add(
      {.file = file,
       .where = "uncertainty.scale",
       .what = fmt::format("is 'level_and_balance', but none of the drivers ({}) is precipitation", names),
       .mend =
           "Give one of them 'role: precipitation' in 'data.drivers', or set 'uncertainty.scale: level'"});
}

// Every fold of wells must leave wells to learn from, and hold some.
void check_folds(const Prepared& prepared, const CheckedSettings& settings, const std::string& file,
                 core::Problems& problems) {
  const auto held_out =
      static_cast<std::size_t>(std::count_if(prepared.split.entities.begin(), prepared.split.entities.end(),
                                             [](const data::EntitySplit& split) { return split.held_out; }));
  const std::size_t wells = prepared.panel.entity_count() - held_out;
  if (wells == 0)
    problems.add({.file = file,
                  .where = "data.split.held_out",
                  .what = fmt::format("all {} wells are held out: none is left to learn from", held_out),
                  .mend = "Hold out fewer"});
  if (held_out > 0 && settings.task.scope == hydrographs::Scope::single)
    problems.add({.file = file,
                  .where = "data.split.held_out",
                  .what = "is set, but with 'scope: single' a model learns from its own well alone",
                  .mend = "Set 'scope: global', or hold no well out"});
  if (settings.split.folds == 0) return;
  if (settings.split.folds < 2 || static_cast<std::size_t>(settings.split.folds) > wells)
    problems.add(
        {.file = file,
         .where = "data.split.folds",
         .what = fmt::format("is {}, but there are {} wells to be divided", settings.split.folds, wells),
         .allowed = fmt::format("0, or from 2 to {}", wells),
         .mend = "Set 'data.split.folds: 0' for no folds over wells"});
  if (settings.task.scope == hydrographs::Scope::single)
    problems.add({.file = file,
                  .where = "data.split.folds",
                  .what = "is set, but with 'scope: single' a model learns from its own well alone",
                  .mend = "Set 'scope: global', or 'data.split.folds: 0'"});
}

void check_explanation(const CheckedSettings& settings, const std::string& file, core::Problems& problems) {
  if (!settings.explain.enabled && settings.explain.compare_dates > 0)
    problems.add({.file = file,
                  .where = "explain.compare_dates",
                  .what = fmt::format("is {}, but 'explain.enabled: false' leaves explanations out",
                                      settings.explain.compare_dates),
                  .mend = "Set 'explain.enabled: true', or 'explain.compare_dates: 0'"});
  if (settings.explain.enabled && settings.explain.compare_dates > 0 && settings.task.anchored_by_lead())
    problems.add({.file = file,
                  .where = "explain.compare_dates",
                  .what = "is set, but forecasts that start from the damped anomaly are explained by "
                          "expected gradients alone",
                  .mend = "Set 'explain.compare_dates: 0', or another 'forecast.target'"});
  const explain::ExpectedGradientsParams& p = settings.explain.expected_gradients;
  if (settings.explain.enabled && p.max_draws < p.min_draws)
    problems.add({.file = file,
                  .where = "explain.expected_gradients.max_draws",
                  .what = fmt::format("is {}, fewer than min_draws, {}", p.max_draws, p.min_draws),
                  .mend = "Set it at least as large, or min_draws smaller"});
}

// The network's settings against each other and against the length of the records.
void check_learning(const Prepared& prepared, const CheckedSettings& settings, const std::string& file,
                    core::Problems& problems) {
  core::Problems found;
  learn::check_settings(settings.task.learn, learn::architecture_names(), found);
  for (core::Problem problem : found.items()) {
    problem.file = file;
    problems.add(std::move(problem));
  }
  if (!found.empty()) return;
  std::size_t longest = 0;  // steps from the first of the axis to the end of a calibration period
  for (std::size_t e = 0; e < prepared.panel.entity_count(); ++e) {
    const bool blocks = settings.task.validation.scheme == hydrographs::ValidationScheme::blocks;
    longest = std::max(longest, (blocks ? prepared.calibration(e) : prepared.training(e)).end);
  }
  const auto length = static_cast<std::size_t>(settings.task.learn.window.length());
  if (longest < length)
    problems.add(
        {.file = file,
         .where = "window.seq_length",
         .what = fmt::format("a window has {} steps, but no well has more than {} up to the end of its "
                             "training period",
                             length, longest),
         .mend = "Shorten window.seq_length, or extend the training period"});
}

void check_baselines(const CheckedSettings& settings, const std::string& file, core::Problems& problems) {
  std::vector<std::string> names = settings.baselines;
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end())
    problems.add(
        {.file = file, .where = "baselines", .what = *twice + " stands twice", .mend = "Name it once"});
}

}  // namespace

CheckedSettings checked_settings(const WellsSettings& settings) {
  return {settings.task,    settings.data.split, settings.uncertainty,
          settings.explain, settings.baselines,  settings.rolling};
}

void check_preconditions(const Prepared& prepared, const CheckedSettings& settings, const std::string& file,
                         core::Problems& problems) {
  check_bands(prepared, settings, file, problems);
  check_folds(prepared, settings, file, problems);
  check_explanation(settings, file, problems);
  hydrographs::check_references(prepared, settings.explain, file, problems);
  check_learning(prepared, settings, file, problems);
  check_baselines(settings, file, problems);
  hydrographs::plan_origins(prepared, settings.rolling, settings.task, file, problems);
  hydrographs::check_targets(prepared, settings.task, settings.uncertainty, file, problems);
  refuse_targets_as_drivers(prepared, settings.task, file, problems);
}

}  // namespace phreatic::studies::wells
