// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/comparison/settings.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include "phreatic/report/model.hpp"
#include "phreatic/studies/comparison/comparable.hpp"
#include "phreatic/studies/wells/settings.hpp"

namespace phreatic::studies::comparison {

void describe(core::Describer& d, ComparedModel& p) {
  d.field("name", p.name, {.help = "As it stands in tables: MT-LSTM", .required = true});
  d.field("set", p.set,
          {.help = "Settings in place of the compared study's own: [model.cell=gru, model.branch_layers=1]"});
  d.choice(
      "networks", p.networks, {{"joint", Networks::joint}, {"each", Networks::each}},
      {.help = "Several targets: joint, one network for all; each, a network for each (a run for each)"});
}

void describe(core::Describer& d, ComparisonSettings& p) {
  d.field("study", p.study, {.help = "Kind of study", .choices = {"comparison"}});
  d.field("title", p.title, {.help = "Title of the report"});
  d.field("compared", p.compared, {.help = "The wells study that every model is run on", .required = true});
  d.field("set", p.set, {.help = "Settings of all models in place of the compared study's own"});
  d.field(
      "seed", p.seed,
      {.help = "Seed of every model's training (training.seed), to see how far scores spread from seed to "
               "seed; 0: the compared study's own",
       .min = 0});
  d.list("models", p.models, "Models that are compared");
  d.section("bootstrap", p.bootstrap, "How differences are told from chance");
  d.section("figures", p.figures, "Static figures for papers");
}

ComparisonSettings read_settings(const StudyFile& study) {
  ComparisonSettings s;
  core::Problems problems;
  core::read_params(study.tree, s, problems);
  std::set<std::string> names;
  for (const ComparedModel& model : s.models) {
    if (!names.insert(report::slug(model.name)).second)
      problems.add({.file = study.path,
                    .where = "models, " + model.name,
                    .what = "has the name of another, or one that differs from it by signs only",
                    .mend = "Give each model a name of its own"});
  }
  if (s.models.size() < 2)
    problems.add({.file = study.path,
                  .where = "models",
                  .what = s.models.empty() ? "names none" : "names one only",
                  .mend = "Give two or more: models: [{name: LSTM}, {name: GRU, set: [model.cell=gru]}]"});
  problems.throw_if_any();
  return s;
}

namespace {

StudyFile compared_study(const ComparisonSettings& settings, const std::string& study_file,
                         const std::vector<std::string>& more) {
  const auto path = std::filesystem::path(study_file).parent_path() / settings.compared;
  std::vector<std::string> all = settings.set;
  if (settings.seed > 0) all.push_back("training.seed=" + std::to_string(settings.seed));
  all.insert(all.end(), more.begin(), more.end());
  StudyFile study = read_study(path.string(), all);
  if (study.kind != "wells" && !study.kind.empty())
    throw core::InputError({.file = study_file,
                            .where = "compared",
                            .what = "names a study of the kind '" + study.kind + "'",
                            .allowed = "a study of wells"});
  return study;
}

// A problem of the compared study with a model's settings, as one of the comparison where these are to blame: they are
// read as those of --set, but stand in the comparison's file.
core::Problem of_model(core::Problem problem, const ComparedModel& model, const std::string& study_file) {
  constexpr std::string_view kSet = "--set";
  std::string where = problem.where;
  const bool ours = problem.file.starts_with(kSet) || where.starts_with(kSet);
  if (where.starts_with(kSet)) where = where.substr(std::min(where.size(), kSet.size() + 1));
  if (problem.file.size() > kSet.size() && problem.file.starts_with(kSet))
    where = problem.file.substr(kSet.size() + 1) + (where.empty() ? "" : ": " + where);
  if (ours) {
    problem.file = study_file;
    problem.line = problem.column = 0;
  }
  problem.where = "models, " + model.name + (ours ? ", set" : "") + (where.empty() ? "" : ": " + where);
  return problem;
}

}  // namespace

std::string PlannedRun::stage() const { return std::filesystem::path(folder).filename().string(); }

std::vector<std::string> target_names(const ComparisonSettings& settings, const std::string& study_file) {
  return wells::read_settings(compared_study(settings, study_file, {})).target_names();
}

std::vector<PlannedRun> plan_runs(const ComparisonSettings& settings, const std::string& study_file) {
  const std::vector<std::string> targets = target_names(settings, study_file);
  std::vector<PlannedRun> runs;
  core::Problems problems;
  for (const ComparedModel& model : settings.models) {
    const bool each = model.networks == Networks::each && targets.size() > 1;
    for (const std::string& target : each ? targets : std::vector<std::string>{""}) {
      std::vector<std::string> set = model.set;
      if (!target.empty()) set.push_back("only_targets=[" + target + "]");
      const std::string name = report::slug(model.name + (target.empty() ? "" : "-" + target));
      try {
        StudyFile study = compared_study(settings, study_file, set);
        wells::read_settings(study);
        runs.push_back({model.name, target, "runs/" + name, std::move(study)});
      } catch (const core::InputError& error) {
        for (core::Problem problem : error.problems())
          problems.add(of_model(std::move(problem), model, study_file));
      }
    }
  }
  if (problems.empty()) check_comparable(runs, study_file, problems);
  problems.throw_if_any();
  return runs;
}

}  // namespace phreatic::studies::comparison
