// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/stages/stages.hpp"

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "phreatic/basin/write_basin.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/baselines/baseline_files.hpp"
#include "phreatic/hydrographs/evaluation/outputs.hpp"
#include "phreatic/hydrographs/prediction/band_book.hpp"
#include "phreatic/hydrographs/prediction/target_prediction.hpp"
#include "phreatic/hydrographs/targets/targets.hpp"
#include "phreatic/hydrographs/training/training.hpp"
#include "phreatic/studies/wells/blocks.hpp"
#include "phreatic/studies/wells/input/check.hpp"
#include "phreatic/studies/wells/input/cut.hpp"
#include "phreatic/studies/wells/input/input_files.hpp"
#include "phreatic/studies/wells/input/load.hpp"
#include "phreatic/studies/wells/input/preconditions.hpp"
#include "phreatic/studies/wells/input_findings.hpp"
#include "phreatic/studies/wells/report/page.hpp"
#include "phreatic/studies/wells/stages/explanation_stages.hpp"
#include "phreatic/studies/wells/stages/outlook_stage.hpp"
#include "phreatic/studies/wells/stages/rolling_stage.hpp"
#include "phreatic/studies/wells/stages/run_files.hpp"

namespace phreatic::studies::wells {
namespace {

namespace fs = std::filesystem;
using engine::Stage;
using engine::StageContext;
using hydrographs::Prepared;
using nlohmann::json;

Stage basin_stage() {
  Stage stage;
  stage.name = "basin";
  stage.about = "make the virtual wells";
  stage.settings = {"basin"};
  stage.outputs = {{"files", {"data/"}}};
  stage.work = [](StageContext& context) {
    basin::make_and_write_basin(context.settings<basin::BasinParams>("basin"), context.path("files"));
  };
  return stage;
}

Stage data_stage(const WellsSettings& settings, const std::string& study_file) {
  Stage stage;
  stage.name = "data";
  stage.about = "read everything, put it on the axis, split it";
  stage.settings = {"sources"};
  const fs::path base = base_folder(settings, study_file);
  if (settings.virtual_wells) {
    stage.needs = {{"basin", "files"}};
  } else {
    data::DataParams used = settings.data;
    if (settings.task.attributes == hydrographs::AttributeUse::none) used.attributes.clear();
    stage.inputs = input_files(used, settings.evaluation, base);
  }
  stage.outputs = {{"series", {}}, {"training", {}}, {"wells", {"wells.json"}}};
  stage.work = [base, study_file](StageContext& context) {
    const auto& sources = context.settings<SourceSettings>("sources");
    const fs::path from = sources.virtual_wells ? context.path("basin", "files") : base;
    const auto prepared =
        std::make_shared<const Prepared>(load_wells(sources, from, study_file, context.context()));
    for (const std::string& line : describe_data(*prepared)) context.context().log.detail(line);
    write_wells(*prepared, context.path("wells"));
    const auto training = std::make_shared<const TrainingData>(prepared);
    context.hand_on<Prepared>("series", prepared, hash_of(*prepared));
    context.hand_on<TrainingData>("training", training, training->hash());
    const json facts = json::parse(data::provenance_json(prepared->loaded));
    for (const auto& [name, fact] : facts.items()) {
      if (name != "files") context.note(name, fact);  // the engine lists the files of every stage
    }
  };
  return stage;
}

Stage check_stage(const std::string& study_file) {
  Stage stage;
  stage.name = "check";
  stage.about = "tell what later stages would refuse";
  stage.needs = {{"data", "series"}};
  stage.settings = {"task", "split", "uncertainty", "explain", "baselines", "rolling"};
  stage.work = [study_file](StageContext& context) {
    core::Problems problems;
    check_preconditions(
        data_of(context),
        {context.settings<hydrographs::TaskParams>("task"), context.settings<data::SplitParams>("split"),
         context.settings<hydrographs::UncertaintyParams>("uncertainty"),
         context.settings<hydrographs::ExplainParams>("explain"),
         context.settings<BaselineBlock>("baselines").names,
         context.settings<hydrographs::RollingParams>("rolling")},
        study_file, problems);
    problems.throw_if_any();
    for (const std::string& line :
         observed_target_findings(data_of(context), context.settings<hydrographs::TaskParams>("task")))
      context.context().log.warn(line);
  };
  return stage;
}

Stage train_stage() {
  Stage stage;
  stage.name = "train";
  stage.code_version = 2;  // weights of forecasts: three of four wells
  stage.about = "train the networks";
  stage.needs = {{"data", "training"}};
  stage.settings = {"task", "split"};
  stage.outputs = {{"model", {"model/units/"}}, {"curves", {"training.json"}}};
  stage.work = [](StageContext& context) {
    const Prepared prepared = context.value<TrainingData>("data", "training").make();
    const auto models = models_of(context, prepared, context.path("model"));
    write_training(train_units(prepared, models, resume_mode(context.resume()), context.context()),
                   context.path("curves"));
    context.note("instruction_set_and_libraries", learn::machine_fingerprint());
    context.note("seed", models.task.learn.training.seed);
  };
  return stage;
}

Suffixes suffixes_of(const WellsSettings& settings) {
  Suffixes out;
  for (const std::string& name : settings.target_names())
    out.push_back(hydrographs::target_suffix(name, out.size()));
  return out;
}

// Bands, baselines and files of one target. In forecast mode what stands for the study is the largest lead; all
// leads are in forecasts.nc.
void predict_one(StageContext& context, const Prepared& mine, const hydrographs::Models& models,
                 const std::string& suffix) {
  const auto& uncertainty = context.settings<hydrographs::UncertaintyParams>("uncertainty");
  const bool ahead = models.task.forecasts();
  const auto leads = static_cast<std::size_t>(ahead ? models.task.learn.window.horizon : 1);
  hydrographs::BandBook book = make_band_book(mine, uncertainty, leads);
  const auto banding = [&](std::size_t e, std::size_t lead, hydrographs::Simulation& simulation) {
    add_band(mine, uncertainty, e, simulation);
    take_down(mine, e, lead, simulation, book);
  };
  hydrographs::TargetPrediction predicted =
      predict_target(mine, models, banding, context.settings<BaselineBlock>("baselines").names,
                     uncertainty.conformal, context.context());
  if (predicted.leads) write_forecasts(*predicted.leads, context.path("predictions" + suffix, 2));
  write_band_book(book, context.path("bands" + suffix));
  write_baselines(mine.panel.entities, predicted.baselines, context.path("baselines" + suffix, 0),
                  context.path("baselines" + suffix, 1));
  hydrographs::RunSeries series = collect_series(mine, predicted.simulations, predicted.baselines);
  predicted = {};  // of very many wells each copy is gigabytes
  write_run_series(std::move(series), context.path("predictions" + suffix, 0),
                   context.path("predictions" + suffix, 1));
}

Stage predict_stage(bool forecasts, const Suffixes& suffixes) {
  Stage stage;
  stage.name = "predict";
  stage.about = "simulate all wells with the trained networks, and by the baselines";
  stage.needs = {{"data", "series"}, {"train", "model"}};
  stage.settings = {"task", "split", "uncertainty", "baselines"};
  for (const std::string& suffix : suffixes) {
    stage.outputs.push_back(
        {"predictions" + suffix, {"predictions" + suffix + ".nc", "predictions" + suffix + ".csv"}});
    if (forecasts) stage.outputs.back().files.push_back("forecasts" + suffix + ".nc");
    stage.outputs.push_back({"bands" + suffix, {"model/bands" + suffix + ".nc"}});
    stage.outputs.push_back(
        {"baselines" + suffix, {"baselines" + suffix + ".json", "baselines" + suffix + ".csv"}});
  }
  stage.code_version = 3;  // the transfer function chooses among optima by what was left out and after it
  stage.work = [suffixes](StageContext& context) {
    const Prepared& prepared = data_of(context);
    const auto models = models_of(context, prepared, context.path("train", "model"));
    for_each_target(prepared, [&](const Prepared& mine, const std::vector<std::size_t>& kept) {
      predict_one(context, mine, only_entities(models, kept), suffixes.at(mine.number));
    });
  };
  return stage;
}

Stage evaluate_stage(const Suffixes& suffixes) {
  Stage stage;
  stage.name = "evaluate";
  stage.about = "score predictions and baselines";
  stage.needs = {{"data", "series"}};
  for (const std::string& suffix : suffixes) stage.needs.push_back({"predict", "predictions" + suffix});
  stage.settings = {"task", "uncertainty", "frost"};
  stage.outputs = {{"metrics", {"metrics.csv"}}};
  stage.code_version = 4;  // simple forecasts are scored on the steps that were forecast
  stage.work = [suffixes](StageContext& context) {
    const auto& task = context.settings<hydrographs::TaskParams>("task");
    const hydrographs::EvaluationParams params = evaluation_params(
        task, context.settings<hydrographs::UncertaintyParams>("uncertainty").conformal.level,
        context.settings<explain::FrostParams>("frost"));
    stats::MetricTable all;
    for_each_target(data_of(context), [&](const Prepared& mine, const std::vector<std::size_t>&) {
      const std::string predictions = "predictions" + suffixes.at(mine.number);
      const auto series = hydrographs::read_run_series(context.path("predict", predictions));
      stats::MetricTable table = evaluate_series(mine, params, simulations_of(series), baselines_of(series));
      if (task.forecasts())
        score_leads(mine, params, hydrographs::read_forecasts(context.path("predict", predictions, 2)),
                    table);
      all.insert(all.end(), table.begin(), table.end());
    });
    stats::write_csv(all, context.path("metrics"));
  };
  stage.result = headline;
  return stage;
}

}  // namespace

engine::Graph stages(const StudyFile& study) {
  WellsSettings settings = read_settings(study);
  settings.folder = base_folder(settings, study.path).string();  // the resolved copy finds the same files
  engine::Graph graph;
  graph.resolved = core::to_yaml(settings);
  graph.settings = blocks_of(settings);
  auto& out = graph.stages;
  if (settings.virtual_wells) out.push_back(basin_stage());
  out.push_back(data_stage(settings, study.path));
  out.push_back(check_stage(study.path));
  out.push_back(train_stage());
  const Suffixes suffixes = suffixes_of(settings);
  out.push_back(predict_stage(settings.forecasts(), suffixes));
  out.push_back(evaluate_stage(suffixes));
  if (settings.gives_outlook()) out.push_back(outlook_stage(suffixes));
  if (settings.rolling.origins > 0) out.push_back(rolling_stage(study.path, settings.gives_outlook()));
  if (settings.explain.enabled) add_explanation_stages(settings, suffixes, out);
  return graph;
}

}  // namespace phreatic::studies::wells
