// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/kind.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "phreatic/basin/write_basin.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/targets/targets.hpp"
#include "phreatic/studies/metrics_file.hpp"
#include "phreatic/studies/wells/given_forecasts.hpp"
#include "phreatic/studies/wells/input/check.hpp"
#include "phreatic/studies/wells/input/load.hpp"
#include "phreatic/studies/wells/input/preconditions.hpp"
#include "phreatic/studies/wells/input_findings.hpp"
#include "phreatic/studies/wells/report/analysis.hpp"
#include "phreatic/studies/wells/report/page.hpp"
#include "phreatic/studies/wells/templates.hpp"

namespace phreatic::studies::wells {
namespace {

bool about_length(const core::Problem& problem) { return problem.where == "window.seq_length"; }

// A window that is longer than every record is one problem, with the length that would fit, which the models know.
core::Problems told_once(const core::Problems& found, const core::Problems& of_models) {
  core::Problems out;
  for (core::Problem problem : found.items()) {
    if (about_length(problem) && !of_models.empty()) problem.mend = of_models.items().front().mend;
    out.add(std::move(problem));
  }
  for (const core::Problem& problem : of_models.items()) {
    if (found.empty() || !problem.where.starts_with("model ")) out.add(problem);
  }
  return out;
}

std::vector<std::string> check(const StudyFile& study, core::Context& context) {
  const WellsSettings settings = read_settings(study);
  const hydrographs::Prepared prepared = load_for_check(settings, study.path, context);
  core::Problems found;
  check_preconditions(prepared, checked_settings(settings), study.path, found);
  for (const std::string& line : observed_target_findings(prepared, settings.task)) context.log.warn(line);
  std::vector<std::string> windows;
  core::Problems problems;
  if (std::all_of(found.items().begin(), found.items().end(), about_length)) {
    core::Problems of_models;
    windows = check_windows(prepared, settings, study.path, of_models);
    problems = told_once(found, of_models);
  } else {
    problems = found;
  }
  problems.throw_if_any();
  std::vector<std::string> lines = describe_data(prepared);
  const auto add = [&](const std::vector<std::string>& more) {
    lines.insert(lines.end(), more.begin(), more.end());
  };
  add(describe_records(prepared));
  add(describe_detected(prepared));
  add(describe_flags(prepared));
  for (const std::string& line : warn_of_empty_periods(prepared)) context.log.warn(line);
  add(windows);
  return lines;
}

stats::MetricTable metrics_of_run(const AnalysisParams& params, const std::string& study_file) {
  if (params.run.empty()) return {};
  const std::filesystem::path file = std::filesystem::path(params.run) / "metrics.csv";
  if (!std::filesystem::exists(file))
    throw core::InputError({.file = study_file,
                            .where = "analysis.run",
                            .what = "is '" + params.run + "', where there is no metrics.csv",
                            .mend = "Name the folder of a finished run: --set analysis.run=runs/my-study"});
  return read_metrics(file);
}

std::vector<std::string> analyse_study(const StudyFile& study, const std::filesystem::path& out,
                                       core::Context& context) {
  const WellsSettings settings = read_settings(study);
  const hydrographs::Prepared prepared = load_for_check(settings, study.path, context);
  const stats::MetricTable run = metrics_of_run(settings.analysis, study.path);
  std::vector<TargetAnalysis> targets;
  std::vector<std::string> lines;
  hydrographs::for_each_target(prepared, [&](const hydrographs::Prepared& mine, const auto&) {
    TargetAnalysis one;
    one.series = analyse(mine, run, other_series(prepared, mine));
    one.groups = group_wells(one.series, settings.analysis, study.path);
    const std::string suffix = hydrographs::target_suffix(one.series.target, mine.number);
    write_analysis(one.series, out, suffix);
    write_groups(one.series, one.groups, out, suffix);
    for (const auto* notes : {&one.series.notes, &one.groups.notes}) {
      for (const std::string& note : *notes) context.log.warn(note);
    }
    lines.push_back((prepared.others.empty() ? "" : one.series.target + ": ") + one.series.finding());
    if (one.groups.count() > 0) lines.back() += fmt::format(" {} groups of wells.", one.groups.count());
    targets.push_back(std::move(one));
  });
  write_page(analysis_page(targets, settings.title,
                           fmt::format("phreatic analyse {} --out {}", study.path, out.string())),
             out, context);
  return lines;
}

// Six virtual wells as files to be replaced by the user's.
void write_own_wells(const std::filesystem::path& folder) {
  basin::BasinParams small;
  small.wells = 6;
  small.years = 8;
  basin::make_and_write_basin(small, folder);
  core::write_file_atomic(folder / "study.yml", own_wells_template());
}

}  // namespace

Kind kind() {
  Kind kind;
  kind.name = "wells";
  kind.about = "Groundwater levels at wells, simulated or forecast from weather, with explanations";
  kind.entity = "well";
  kind.settings = [] { return core::field_table(WellsSettings{}); };
  kind.check = check;
  kind.page = page;
  kind.page_version = 2;  // notes beside warnings, the command with its folder
  kind.analyse = analyse_study;
  kind.score_forecasts = score_given_forecasts;
  kind.tunable = Tunable{"validation loss",
                         {"window.", "model.", "training.", "ensemble."},
                         {"training.validation_score", "training.device", "window.mode", "window.horizon"},
                         {}};
  kind.templates = {
      {"virtual-wells", "wells made by a simulator, causes known",
       [](const std::filesystem::path& folder) {
         core::write_file_atomic(folder / "study.yml", virtual_wells_template());
       }},
      {"two-targets", "levels at wells and discharge at gauges of a simulated basin, one network",
       [](const std::filesystem::path& folder) {
         core::write_file_atomic(folder / "study.yml", two_targets_template());
       }},
      {"wells", "for your own files, with example files in place", write_own_wells}};
  kind.verbs = {{"train", "Train the models of a study", "train"},
                {"predict", "Simulate all wells with the trained models", "predict"},
                {"evaluate", "Score predictions and baselines: metrics.csv", "evaluate"},
                {"explain", "Attribute predictions to the drivers: explain/", "explain"},
                {"cluster", "Group wells into types of dynamics", "types"}};
  return kind;
}

}  // namespace phreatic::studies::wells
