// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/regression/kind.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/studies/regression/models.hpp"
#include "phreatic/studies/regression/settings.hpp"
#include "phreatic/studies/regression/table.hpp"

namespace phreatic::studies::regression {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// What the data stage works with: everything of the table and its split.
struct DataSettings {
  TableParams data;
  TableSplitParams split;
};
void describe(core::Describer& d, DataSettings& p) {
  d.section("data", p.data, "The table");
  d.section("split", p.split, "Which rows are scored");
}

std::string hash_of(const PreparedTable& data) {
  std::string bytes;
  const auto add = [&](const auto& values) {
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0]));
  };
  add(data.table.x);
  add(data.table.y);
  add(data.table.t);
  add(data.table.covariates);
  add(data.table.target);
  add(data.row);
  add(data.part);
  for (const std::string& name : data.table.covariate_names) bytes += name + "\n";
  return core::hash_bytes(bytes + data.table.target_name + "\n" + data.table.target_unit);
}

engine::Stage data_stage(const RegressionSettings& settings, const std::string& study_file) {
  engine::Stage stage{"data", "read the table and split it"};
  stage.settings = {"table"};
  stage.inputs = {{settings.data.file, path_of(settings.data.file, study_file)}};
  if (settings.split.kind == SplitKind::file)
    stage.inputs.push_back({settings.split.file, path_of(settings.split.file, study_file)});
  stage.outputs = {{"rows", {}}};
  stage.work = [study_file](engine::StageContext& context) {
    const auto& s = context.settings<DataSettings>("table");
    RegressionSettings all;
    all.data = s.data;
    all.split = s.split;
    auto table = std::make_shared<const PreparedTable>(load_table(all, study_file));
    for (const std::string& line : table->said) context.context().log.info(line);
    context.hand_on<PreparedTable>("rows", table, hash_of(*table));
  };
  return stage;
}

void write_fits(const PreparedTable& data, const std::vector<FittedModel>& models, const fs::path& path) {
  json out;
  out["said"] = data.said;
  out["models"] = json::array();
  for (const FittedModel& model : models) {
    json one{
        {"name", model.name}, {"seed", model.seed}, {"terms", model.terms}, {"warnings", model.warnings}};
    for (const auto& [name, value] : model.facts)
      one["facts"][name] = std::isfinite(value) ? json(value) : json();
    for (const auto& h : model.history)
      one["history"].push_back(
          {{"loss", h.loss}, {"validation_r2", h.validation_r2}, {"best_epoch", h.best_epoch}});
    out["models"].push_back(one);
  }
  core::write_file_atomic(path, out.dump(1) + "\n");
}

engine::Stage fit_stage() {
  engine::Stage stage{"fit", "fit the models and score them"};
  stage.needs = {{"data", "rows"}};
  stage.settings = {"models"};
  stage.outputs = {{"metrics", {"metrics.csv"}},
                   {"predictions", {"predictions.csv"}},
                   {"coefficients", {"coefficients.csv"}},
                   {"fits", {"fits.json"}},
                   {"model", {"model/"}, true}};
  stage.work = [](engine::StageContext& context) {
    const auto& data = context.value<PreparedTable>("data", "rows");
    const std::vector<FittedModel> models = fit_models(data, context.settings<RegressionModels>("models"),
                                                       context.path("model"), context.context());
    stats::write_csv(score(data, models), context.path("metrics"));
    write_predictions(data, models, context.path("predictions"));
    write_coefficients(data, models, context.path("coefficients"));
    write_fits(data, models, context.path("fits"));
  };
  return stage;
}

engine::Graph stages(const StudyFile& study) {
  const RegressionSettings settings = read_settings(study);
  engine::Graph graph;
  graph.resolved = core::to_yaml(settings);
  graph.settings.add("table", DataSettings{settings.data, settings.split}, "");
  graph.settings.add("models", settings.models, "");
  graph.stages = {data_stage(settings, study.path), fit_stage()};
  return graph;
}

std::vector<std::string> check(const StudyFile& study, core::Context&) {
  const RegressionSettings settings = read_settings(study);
  return load_table(settings, study.path).said;
}

// A made table: the effect of rain grows eastwards, that of the elevation fades in the north.
void write_template(const fs::path& folder) {
  std::string csv = "x,y,rain,elevation,level\n";
  core::RandomStream random(1, "regression template");
  for (int i = 0; i < 300; ++i) {
    const double x = random.uniform(0, 100);
    const double y = random.uniform(0, 100);
    const double rain = random.uniform(400, 900);
    const double elevation = random.uniform(0, 200);
    const double level =
        (0.01 + 0.0004 * x) * rain - 0.05 * (1 - y / 100) * elevation + 0.5 * random.normal();
    csv += fmt::format("{:.3f},{:.3f},{:.2f},{:.2f},{:.4f}\n", 1000 * x, 1000 * y, rain, elevation, level);
  }
  core::write_file_atomic(folder / "table.csv", csv);
  core::write_file_atomic(
      folder / "study.yml",
      R"(# Regression with coefficients that vary in space: put your own table in place of table.csv.
study: regression
title: Level explained by rain and elevation
data:
  file: table.csv          # one row per place (and time)
  x: x
  y: y
  # t: day                 # a number; then gtwr and gtnnwr may be fitted too
  coordinates: metres      # or degrees (longitude, latitude)
  target: level
  unit: m
  covariates: [rain, elevation]
split:
  kind: blocks             # whole blocks are left out: scores are of new places. random: leaks between neighbours
  block_size: 20000
models: [ols, gwr, gnnwr]
seeds: 2                   # networks from so many seeds, scored one by one
network:
  hidden: [64, 16]
  training: {epochs: 200}
)");
}

}  // namespace

Kind kind() {
  Kind kind;
  kind.name = "regression";
  kind.about =
      "A table of places (and times) regressed with coefficients that vary in space: OLS, GWR, GNNWR";
  kind.entity = "seed";
  kind.settings = [] { return core::field_table(RegressionSettings{}); };
  kind.check = check;
  kind.stages = stages;
  kind.page = page;
  kind.page_version = 2;  // notes beside warnings, the command with its folder
  kind.templates = {{"regression", "a table regressed with coefficients that vary in space", write_template}};
  kind.verbs = {};
  return kind;
}

}  // namespace phreatic::studies::regression
