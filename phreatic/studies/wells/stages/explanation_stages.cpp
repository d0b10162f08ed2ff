// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/stages/explanation_stages.hpp"

#include <nlohmann/json.hpp>

#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/evaluation/outputs.hpp"
#include "phreatic/hydrographs/explanation/attention.hpp"
#include "phreatic/hydrographs/explanation/explanation.hpp"
#include "phreatic/hydrographs/explanation/method_agreement.hpp"
#include "phreatic/hydrographs/targets/targets.hpp"
#include "phreatic/studies/wells/report/page.hpp"
#include "phreatic/studies/wells/stages/run_files.hpp"
#include "phreatic/studies/wells/stages/truth.hpp"
#include "phreatic/studies/wells/types.hpp"

namespace phreatic::studies::wells {

namespace fs = std::filesystem;
using engine::Stage;
using engine::StageContext;
using hydrographs::Prepared;
using nlohmann::json;

const Prepared& data_of(const StageContext& context) { return context.value<Prepared>("data", "series"); }

// The trained units. Asked for with the data that they are planned from.
hydrographs::Models models_of(const StageContext& context, const Prepared& prepared, const fs::path& folder) {
  const auto& task = context.settings<hydrographs::TaskParams>("task");
  return {plan_units(prepared, context.settings<data::SplitParams>("split"), task), task, folder};
}

namespace {

std::string in_folder(const std::string& folder, const std::string& suffix, const std::string& file) {
  return folder + suffix + "/" + file;
}

// Contributions to one target: explain/, of further targets explain_<name>/.
void explain_target(StageContext& context, const Prepared& mine, const hydrographs::Models& models,
                    const std::string& suffix, bool keep_cube) {
  const auto& params = context.settings<hydrographs::ExplainParams>("attribution");
  const fs::path folder = context.path("table" + suffix).parent_path();
  core::make_folder(folder);
  hydrographs::Explanation explanation;
  const auto work = [&](const hydrographs::CubeSink& sink) {
    explanation = explain_series(mine, models, params, sink, context.context());
  };
  if (keep_cube) {
    write_cube(context.path("cube" + suffix), mine, explained_drivers(mine, models.task),
               hydrographs::explained_lags(models.task.learn.window), work);
  } else {
    work({});
  }
  write_explanation(explanation, mine, folder);
  const auto& s = explanation.summary;
  const json summary = {{"windows", s.windows},
                        {"converged", s.converged},
                        {"draws", s.draws},
                        {"evaluations", s.evaluations},
                        {"largest_error", s.largest_error},
                        {"largest_residual", s.largest_residual},
                        {"rms_residual_in_errors", s.rms_residual_in_errors}};
  core::write_file_atomic(context.path("table" + suffix, 2), summary.dump(1) + "\n");
}

Stage explain_stage(bool keep_cube, bool forecasts, const Suffixes& suffixes) {
  Stage stage;
  stage.name = "explain";
  stage.about = "attribute the simulated levels to the drivers";
  stage.needs = {{"data", "series"}, {"train", "model"}};
  stage.settings = {"task", "split", "attribution"};
  for (const std::string& suffix : suffixes) {
    stage.outputs.push_back(
        {"table" + suffix,
         {in_folder("explain", suffix, "contributions.csv"), in_folder("explain", suffix, "lags.csv"),
          in_folder("explain", suffix, "summary.json")}});
    if (keep_cube)
      stage.outputs.push_back({"cube" + suffix, {in_folder("explain", suffix, "attributions.nc")}});
  }
  stage.code_version = 2;  // drivers that a well does not have are missing, not 0
  stage.work = [keep_cube, forecasts, suffixes](StageContext& context) {
    const Prepared& prepared = data_of(context);
    const auto models = models_of(context, prepared, context.path("train", "model"));
    for_each_target(prepared, [&](const Prepared& mine, const std::vector<std::size_t>& kept) {
      explain_target(context, mine, only_entities(models, kept), suffixes.at(mine.number), keep_cube);
    });
    if (forecasts)  // what moves a forecast is the level before it, whatever the well's type
      context.context().log.info("types: wells are grouped by simulations only, not by forecasts");
  };
  return stage;
}

// Weights of selection and attention: of the networks, whatever their targets.
Stage attention_stage() {
  Stage stage;
  stage.name = "attention";
  stage.about = "write what the networks selected and looked at";
  stage.needs = {{"data", "series"}, {"train", "model"}};
  stage.settings = {"task", "split", "attribution"};
  stage.outputs = {
      {"weights",
       {"explain/attention.nc", "explain/attention.csv", "explain/importance.csv",
        "explain/attention_drivers.csv", "explain/attention_dates.csv", "explain/attention.json"}}};
  stage.work = [](StageContext& context) {
    const Prepared& prepared = data_of(context);
    const auto models = models_of(context, prepared, context.path("train", "model"));
    const fs::path folder = context.path("weights").parent_path();
    core::make_folder(folder);
    const auto summary =
        export_attention(prepared, models, context.settings<hydrographs::ExplainParams>("attribution"),
                         context.path("weights"), context.context());
    write_attention(summary, folder);
  };
  return stage;
}

// The data of the first target, and the models of its wells.
struct FirstTarget {
  Prepared data;
  std::vector<std::size_t> kept;
};
FirstTarget first_target(const Prepared& prepared) {
  std::vector<std::size_t> kept = entities_with(prepared, 0);
  return {only_target(prepared, 0, kept), std::move(kept)};
}

// What other methods of explanation say of the first target.
Stage methods_stage() {
  Stage stage;
  stage.name = "methods";
  stage.about = "ask other methods of explanation on some dates";
  stage.needs = {{"data", "series"}, {"train", "model"}, {"predict", "predictions"}, {"explain", "table"}};
  stage.settings = {"task", "split", "explain"};
  stage.outputs = {{"methods", {"explain/methods.csv", "explain/agreement.json"}}};
  stage.work = [](StageContext& context) {
    const FirstTarget first = first_target(data_of(context));
    const auto models =
        only_entities(models_of(context, data_of(context), context.path("train", "model")), first.kept);
    const auto series = hydrographs::read_run_series(context.path("predict", "predictions"));
    const auto explanation =
        hydrographs::read_explanation(context.path("explain", "table").parent_path(), series);
    write_agreement(
        compare_methods(first.data, models, context.settings<hydrographs::ExplainParams>("explain"),
                        explanation, context.context()),
        first.data, context.path("methods", 0), context.path("methods", 1));
  };
  return stage;
}

constexpr std::size_t kFewestWellsOfTruth = 4;

Stage types_stage(bool virtual_wells) {
  Stage stage;
  stage.name = "types";
  stage.about = "group the wells into types of dynamics";
  stage.needs = {{"data", "series"}, {"predict", "predictions"}, {"explain", "table"}};
  stage.settings = {"explain"};
  if (virtual_wells) stage.settings.emplace_back("basin");
  stage.outputs = {{"types", {"explain/types.json"}, true}};
  stage.code_version = 2;  // drivers that a well does not have tell no well apart
  stage.work = [virtual_wells](StageContext& context) {
    const Prepared prepared = first_target(data_of(context)).data;
    if (prepared.panel.entity_count() < kFewestWellsForTypes) {
      context.context().log.info("types: none are claimed below a dozen wells");
      return;
    }
    const auto series = hydrographs::read_run_series(context.path("predict", "predictions"));
    const auto explanation =
        hydrographs::read_explanation(context.path("explain", "table").parent_path(), series);
    std::vector<int> true_types;
    if (virtual_wells)
      true_types =
          type_indices(basin::wells_of_basin(context.settings<basin::BasinParams>("basin")), prepared);
    write_types(find_study_types(prepared, context.settings<hydrographs::ExplainParams>("explain"),
                                 explanation, true_types),
                prepared.panel.entities, context.path("types"));
  };
  return stage;
}

Stage truth_stage() {
  Stage stage;
  stage.name = "truth";
  stage.about = "compare contributions with the true ones";
  stage.needs = {{"data", "series"}, {"train", "model"}};
  stage.settings = {"task", "split", "explain", "basin"};
  stage.outputs = {{"truth", {"explain/truth.json", "explain/truth.csv"}, true}};
  stage.work = [](StageContext& context) {
    const FirstTarget first = first_target(data_of(context));
    const Prepared& prepared = first.data;
    if (prepared.panel.entity_count() < kFewestWellsOfTruth) return;
    const auto models =
        only_entities(models_of(context, data_of(context), context.path("train", "model")), first.kept);
    const auto basin = basin::make_basin(context.settings<basin::BasinParams>("basin"));
    const auto params = truth_params(context.settings<hydrographs::ExplainParams>("explain"));
    const auto against_years = explain_series(prepared, models, params, {}, context.context());
    core::make_folder(context.path("truth").parent_path());
    write_truth(compare_with_truth(basin, prepared, params, against_years, context.context()), against_years,
                prepared, context.path("truth").parent_path());
  };
  return stage;
}

}  // namespace

void add_explanation_stages(const WellsSettings& settings, const Suffixes& suffixes,
                            std::vector<Stage>& stages) {
  const hydrographs::ExplainParams& explain = settings.explain;
  stages.push_back(explain_stage(explain.keep_cube, settings.forecasts(), suffixes));
  if (settings.shows_attention()) stages.push_back(attention_stage());
  if (explain.compare_dates > 0) stages.push_back(methods_stage());
  if (!explain.types || settings.forecasts()) return;
  stages.push_back(types_stage(settings.virtual_wells));
  if (settings.virtual_wells && explain.truth) stages.push_back(truth_stage());
}

}  // namespace phreatic::studies::wells
