// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/stages/rolling_stage.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <map>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/training/run_origin.hpp"
#include "phreatic/studies/wells/blocks.hpp"
#include "phreatic/studies/wells/input/cut.hpp"
#include "phreatic/studies/wells/stages/outlook_stage.hpp"

namespace phreatic::studies::wells {
namespace {

namespace fs = std::filesystem;
using engine::StageContext;
using hydrographs::Origin;
using hydrographs::OriginTask;
using hydrographs::Prepared;

OriginTask task_of(const StageContext& context) {
  OriginTask task;
  task.task = context.settings<hydrographs::TaskParams>("task");
  task.split = context.settings<data::SplitParams>("split");
  task.uncertainty = context.settings<hydrographs::UncertaintyParams>("uncertainty");
  task.baselines = context.settings<BaselineBlock>("baselines").names;
  return task;
}

// What an origin's results follow from.
std::string key_of(const Prepared& data, const OriginTask& task) {
  hydrographs::TaskParams params = task.task;
  BaselineBlock baselines{task.baselines};
  data::SplitParams split = task.split;
  hydrographs::UncertaintyParams uncertainty = task.uncertainty;
  // "bands": origins of forecasts that keep what their bands are made of.
  return core::hash_bytes("bands" + hash_of(data) + core::to_yaml(params) + core::to_yaml(split) +
                          core::to_yaml(uncertainty) + core::to_yaml(baselines));
}

void check_origins(const Prepared& prepared, const std::vector<Origin>& origins, const OriginTask& task,
                   const std::string& study_file) {
  core::Problems found;
  hydrographs::describe_origins(prepared, origins, task.split, task.task, found);
  core::Problems problems;
  for (core::Problem problem : found.items()) {
    problem.file = study_file;
    problems.add(std::move(problem));
  }
  problems.throw_if_any();
}

void say_left_out(const Prepared& prepared, const Origin& origin, core::Log& log) {
  if (origin.left_out.empty()) return;
  std::string names;
  for (const std::size_t e : origin.left_out)
    names += (names.empty() ? "" : ", ") + prepared.panel.entities[e];
  log.info(fmt::format("{} ({}): left out, with fewer than {} observations before it: {}", origin.name(),
                       core::format_date(origin.date), hydrographs::kFewestBeforeOrigin, names));
}

// Folders of an interrupted run with more origins.
void remove_others(const fs::path& folder, std::size_t origins) {
  std::vector<fs::path> others;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (std::strtoull(name.c_str(), nullptr, 10) > origins) others.push_back(entry.path());
  }
  for (const fs::path& other : others) fs::remove_all(other);
}

void work(StageContext& context, const std::string& study_file, bool outlook) {
  const auto& prepared = context.value<Prepared>("data", "series");
  OriginTask task = task_of(context);
  core::Problems problems;
  const std::vector<Origin> origins = hydrographs::plan_origins(
      prepared, context.settings<hydrographs::RollingParams>("rolling"), task.task, study_file, problems);
  problems.throw_if_any();
  check_origins(prepared, origins, task, study_file);
  const fs::path folder = context.path("origins");
  const bool resume = context.resume() != engine::Resume::no;
  if (!resume) fs::remove_all(folder);
  core::make_folder(folder);
  remove_others(folder, origins.size());
  const hydrographs::EvaluationParams params =
      evaluation_params(task.task, task.uncertainty.conformal.level, {});
  std::map<std::size_t, hydrographs::OriginScorer> scorers;  // by target
  hydrographs::Outlook outlooks;                             // of the first target
  for (const Origin& origin : origins) {
    core::throw_if_interrupted();
    const Prepared data = at_origin(prepared, origin);
    task.key = key_of(data, task);
    const fs::path own = folder / std::to_string(origin.number);
    say_left_out(prepared, origin, context.context().log);
    if (resume && hydrographs::origin_is_done(own, task.key)) {
      context.context().log.info(
          fmt::format("{} ({}): done before", origin.name(), core::format_date(origin.date)));
    } else {
      run_origin(data, origin, task, own, resume_mode(context.resume()), context.context());
      context.context().log.info(fmt::format("{} ({}): done", origin.name(), core::format_date(origin.date)));
    }
    read_origin(data, task.task.forecasts(), own,
                [&](const auto& mine, const auto& series, const auto& leads) {
                  scorers.try_emplace(mine.number, params).first->second.add(mine, origin, series, leads);
                  if (!outlook || mine.number > 0 || !leads) return;
                  const auto book = hydrographs::read_band_book(own / "bands.nc");
                  add_scores(outlooks, make_outlook(mine, errors_of(book), *leads,
                                                    context.settings<hydrographs::OutlookParams>("outlook")));
                });
  }
  stats::MetricTable all;
  for (const auto& [target, scorer] : scorers) {
    const stats::MetricTable table = scorer.table();
    all.insert(all.end(), table.begin(), table.end());
  }
  stats::write_csv(all, context.path("metrics"));
  if (outlook) write_outlook(outlooks, {}, context.path("outlook", 0), context.path("outlook", 1));
}

}  // namespace

learn::ResumeMode resume_mode(engine::Resume resume) {
  if (resume == engine::Resume::exact) return learn::ResumeMode::exact;
  return resume == engine::Resume::approximate ? learn::ResumeMode::approximate : learn::ResumeMode::fresh;
}

engine::Stage rolling_stage(const std::string& study_file, bool outlook) {
  engine::Stage stage;
  stage.name = "rolling";
  stage.about = "train again at each rolling origin and score what came after";
  stage.needs = {{"data", "series"}};
  stage.settings = {"task", "split", "uncertainty", "baselines", "rolling"};
  stage.outputs = {{"metrics", {"rolling/metrics.csv"}}, {"origins", {"rolling/origins/"}}};
  stage.code_version = 2;  // forecasts are pooled by lead too
  if (outlook) {
    stage.settings.emplace_back("outlook");
    stage.outputs.push_back({"outlook", {"rolling/outlook_scores.csv", "rolling/outlook_reliability.csv"}});
  }
  stage.work = [study_file, outlook](StageContext& context) { work(context, study_file, outlook); };
  return stage;
}

}  // namespace phreatic::studies::wells
