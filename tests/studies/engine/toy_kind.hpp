// SPDX-License-Identifier: BSD-3-Clause
// A whole kind of study for tests: a table of levels is read, smoothed step by step (resumable), and scored against the levels.
#pragma once

#include <cmath>
#include <fstream>
#include <sstream>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/stats/metrics/metric_table.hpp"
#include "phreatic/studies/engine/kind.hpp"
#include "phreatic/studies/metrics_file.hpp"

namespace phreatic::studies::toy {

struct SmoothParams {
  double weight = 0.5;
};
inline void describe(core::Describer& d, SmoothParams& p) {
  d.field("weight", p.weight, {.help = "Weight of the new level", .min = 0, .max = 1});
}

struct Settings {
  std::string study = "toy";
  std::string title = "Toy";
  std::string file = "levels.txt";
  SmoothParams smooth;
};
inline void describe(core::Describer& d, Settings& p) {
  d.field("study", p.study, {.help = "Kind of study", .choices = {"toy"}});
  d.field("title", p.title, {.help = "Title of the report"});
  d.field("file", p.file, {.help = "Levels, one a line"});
  d.section("smooth", p.smooth, "How levels are smoothed");
}

inline Settings read(const StudyFile& study) {
  Settings settings;
  core::Problems problems;
  core::read_params(study.tree, settings, problems);
  problems.throw_if_any();
  settings.file = (std::filesystem::absolute(study.path).parent_path() / settings.file).lexically_normal();
  return settings;
}

using Levels = std::vector<double>;

inline Levels read_levels(const std::filesystem::path& path) {
  std::istringstream text(core::read_file(path));
  Levels levels;
  for (double v = 0; text >> v;) levels.push_back(v);
  if (levels.size() < 3) throw core::InputError({.file = path.string(), .what = "holds fewer than 3 levels"});
  return levels;
}

// What the tests switch: the smoothing is interrupted after this many steps; -1: never. And what they count.
struct Hooks {
  int interrupt_after = -1;
  int steps_done = 0;
  bool cheat = false;  // the score reads a file that it did not declare
  bool peek = false;   // the score reads settings that it did not declare
};
inline Hooks hooks;

inline void smooth(engine::StageContext& context) {
  const auto& levels = context.value<Levels>("read", "levels");
  const double weight = context.settings<SmoothParams>("smooth").weight;
  const auto file = context.path("smoothed");
  Levels done;  // an interrupted run left what it had
  if (context.resume() != engine::Resume::no && std::filesystem::exists(file)) done = read_levels(file);
  while (done.size() < levels.size()) {
    done.push_back(done.empty() ? levels[0] : weight * levels[done.size()] + (1 - weight) * done.back());
    ++hooks.steps_done;
    const bool stop = hooks.interrupt_after >= 0 && hooks.steps_done == hooks.interrupt_after;
    if (!stop && done.size() < levels.size()) continue;
    std::ostringstream text;
    text.precision(17);
    for (const double v : done) text << v << '\n';
    core::write_file_atomic(file, text.str());
    if (stop) throw core::Interrupted();
  }
}

inline void score(engine::StageContext& context) {
  const auto& levels = context.value<Levels>("read", "levels");
  if (hooks.cheat) core::read_file(context.path("metrics").parent_path() / ".." / "secret.txt");
  if (hooks.peek) context.settings<SmoothParams>("smooth");
  const Levels smoothed = read_levels(context.path("smooth", "smoothed"));
  double sum = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) sum += std::pow(levels[i] - smoothed[i], 2);
  const double rmse = std::sqrt(sum / static_cast<double>(levels.size()));
  stats::write_csv({{"A", "level", "test", "RMSE", rmse, "toy"}}, context.path("metrics"));
}

inline engine::Graph stages(const StudyFile& study) {
  const Settings settings = read(study);
  engine::Graph graph;
  graph.resolved = core::to_yaml(settings);
  graph.settings.add("smooth", settings.smooth, "smooth.");
  engine::Stage data{"read", "read the levels"};
  data.inputs = {{std::filesystem::path(settings.file).filename(), settings.file}};
  data.outputs = {{"levels", {}}};
  data.work = [](engine::StageContext& context) {
    auto levels = std::make_shared<const Levels>(read_levels(context.inputs().front().path));
    std::string text;
    for (const double v : *levels) text += std::to_string(v) + ' ';
    context.hand_on<Levels>("levels", levels, core::hash_bytes(text));
  };
  engine::Stage smoothing{"smooth", "smooth them", 1, {{"read", "levels"}}, {}, {"smooth"}};
  smoothing.outputs = {{"smoothed", {"smoothed.txt"}}};
  smoothing.work = smooth;
  engine::Stage scoring{"score", "score them", 1, {{"read", "levels"}, {"smooth", "smoothed"}}};
  scoring.outputs = {{"metrics", {"metrics.csv"}}};
  scoring.work = score;
  graph.stages = {data, smoothing, scoring};
  return graph;
}

inline Page page(const std::filesystem::path& run) {
  Page page;
  page.report.title = read(read_study(run.string(), {})).title;
  page.report.finding = "RMSE " + std::to_string(read_metrics(run / "metrics.csv").front().value);
  page.figures.formats = {};
  return page;
}

inline Kind kind() {
  Kind kind{"toy", "Levels smoothed", "well"};
  kind.settings = [] { return core::field_table(Settings{}); };
  kind.check = [](const StudyFile& study, core::Context&) {
    return std::vector<std::string>{std::to_string(read_levels(read(study).file).size()) + " levels"};
  };
  kind.stages = stages;
  kind.page = page;
  kind.templates = {{"toy", "four levels", [](const std::filesystem::path& folder) {
                       core::write_file_atomic(folder / "study.yml",
                                               "# A toy\nstudy: toy\nsmooth: {weight: 0.25}\n");
                       core::write_file_atomic(folder / "levels.txt", "1\n2\n4\n8\n");
                     }}};
  kind.verbs = {{"smooth", "Smooth the levels of a study", "smooth"}};
  return kind;
}

}  // namespace phreatic::studies::toy
