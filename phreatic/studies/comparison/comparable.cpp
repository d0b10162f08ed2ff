// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/comparison/comparable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "phreatic/studies/wells/settings.hpp"

namespace phreatic::studies::comparison {
namespace {

using wells::WellsSettings;

bool makes_a_folder(const std::string& name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return std::any_of(name.begin(), name.end(), plain) && name.find_first_of("/\\") == std::string::npos;
}

// The data that scores are of: what inputs and training are made of is left out.
data::DataParams scored(data::DataParams data) {
  data.targets.clear();  // compared one by one
  data.drivers.clear();
  data.grids.clear();
  data.derived.clear();
  data.attributes.clear();
  data.places = {};
  const data::PeriodParams test = data.split.test;
  std::vector<data::WellPeriodsParams> periods;
  for (const data::WellPeriodsParams& p : data.split.periods) periods.push_back({p.wells, {}, {}, p.test});
  data.split = {};
  data.split.test = test;
  data.split.periods = std::move(periods);
  return data;
}

std::string evaluation_of(const WellsSettings& settings) {
  std::string text;
  for (const data::TargetParams& target : settings.evaluation) text += core::to_yaml(target);
  return text;
}

// The first thing that makes the scores of two runs incomparable, "" where nothing does.
std::string difference(const WellsSettings& a, const WellsSettings& b, const std::string& first) {
  if (a.forecasts() != b.forecasts())
    return (b.forecasts() ? "forecasts, but " : "simulates, but ") + first +
           (a.forecasts() ? " forecasts" : " simulates");
  const int horizons[] = {a.task.learn.window.horizon, b.task.learn.window.horizon};
  if (a.forecasts() && horizons[0] != horizons[1])
    return fmt::format("forecasts {} steps ahead, but {} {}", horizons[1], first, horizons[0]);
  if (a.virtual_wells != b.virtual_wells || core::to_yaml(a.basin) != core::to_yaml(b.basin))
    return "is of other virtual wells than " + first;
  if (core::to_yaml(scored(a.data)) != core::to_yaml(scored(b.data)))
    return "is of other wells, another test period or other dates than " + first;
  if (evaluation_of(a) != evaluation_of(b)) return "is scored on other levels ('evaluation') than " + first;
  for (const data::TargetParams& x : a.data.targets) {
    for (const data::TargetParams& y : b.data.targets) {
      if (x.name != y.name) continue;
      const bool observed_alike =
          task_of(a.task.targets, x.name).interval == task_of(b.task.targets, x.name).interval;
      if (core::to_yaml(x) != core::to_yaml(y) || !observed_alike)
        return "has other observations of '" + x.name + "' than " + first;
    }
  }
  return "";
}

std::string without_title(WellsSettings settings) {
  settings.title = {};
  return core::to_yaml(settings);
}

std::string called(const PlannedRun& run) {
  return "model " + run.model + (run.target.empty() ? "" : " (" + run.target + ")");
}

}  // namespace

void check_comparable(const std::vector<PlannedRun>& runs, const std::string& study_file,
                      core::Problems& problems) {
  for (const PlannedRun& run : runs) {
    if (!makes_a_folder(run.model))
      problems.add({.file = study_file,
                    .where = "models, " + run.model,
                    .what = "cannot name a folder",
                    .allowed = "a letter or digit at least, neither / nor \\"});
  }
  std::vector<WellsSettings> settings;
  for (const PlannedRun& run : runs) settings.push_back(wells::read_settings(run.study));
  for (std::size_t i = 1; i < runs.size(); ++i) {
    const std::string what = difference(settings[0], settings[i], called(runs[0]));
    if (!what.empty())
      problems.add({.file = study_file,
                    .where = "models, " + runs[i].model,
                    .what = what + ": their scores cannot stand beside each other",
                    .mend = "Set it for all models ('set' of the comparison), or make two comparisons"});
    for (std::size_t j = 0; j < i; ++j) {
      if (without_title(settings[i]) != without_title(settings[j])) continue;
      problems.add({.file = study_file,
                    .where = "models, " + runs[i].model,
                    .what = "is the same as " + called(runs[j]) + ", setting by setting",
                    .mend = "Set what makes it another one, e.g. set: [training.seed=2], or leave it out"});
      break;
    }
  }
}

void check_blocks(std::size_t longest_test_steps, const stats::PairedBootstrapParams& params,
                  const std::string& study_file, core::Problems& problems) {
  if (static_cast<std::size_t>(params.block_steps) < longest_test_steps) return;
  problems.add(
      {.file = study_file,
       .where = "bootstrap.block_steps",
       .what = fmt::format("is {}, but the longest test period has {} steps: one block, of which nothing can "
                           "be drawn",
                           params.block_steps, longest_test_steps),
       .allowed = fmt::format("fewer than {}; a tenth of it or less tells most", longest_test_steps),
       .mend = "Shorten the blocks; finished runs are kept"});
}

}  // namespace phreatic::studies::comparison
