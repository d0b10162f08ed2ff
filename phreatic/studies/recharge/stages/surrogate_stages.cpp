// SPDX-License-Identifier: BSD-3-Clause
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/recharge/scenarios/adjoint.hpp"
#include "phreatic/studies/recharge/scenarios/experiments.hpp"
#include "phreatic/studies/recharge/scenarios/sites/site_file.hpp"
#include "phreatic/studies/recharge/scenarios/targets.hpp"
#include "phreatic/studies/recharge/stages/parts.hpp"

namespace phreatic::studies::recharge {

namespace fs = std::filesystem;
using engine::Stage;
using engine::StageContext;
using nlohmann::json;

std::vector<FeatureMap> scanned_inputs(const Base& base, const AdjointMaps& adjoint, double sigma_m,
                                       const ScanParams& scan, const TargetParams& targets,
                                       std::vector<std::string>& notes) {
  auto maps = smoothed(
      base.ground, feature_maps(base.ground, base.baseline, base.aquifer, base.yield, base.features, notes),
      sigma_m);
  if (!adjoint.there()) return maps;
  for (FeatureMap& map :
       adjoint_feature_maps(adjoint, base.ground, extent_of(base.ground, scan.area_km2), targets))
    maps.push_back(std::move(map));
  return maps;
}

Stage train_stage(const std::string& study_file) {
  Stage stage;
  stage.name = "train";
  stage.about = "train and score the surrogates";
  stage.needs = {{"baseline", "base"}, {"adjoint", "maps"}, {"sites", "sites"}, {"targets", "targets"}};
  stage.settings = {"features", "surrogates", "targets"};
  // 2: maps by the model with all inputs; the same sites scored for all models; no smearing of the adjoint's own answer,
  // which is left out for water where storage is volume of aquifer.
  // 3: difficulty.csv has measured values alone; experiments/returns.csv.
  stage.code_version = 3;
  stage.outputs = {
      {"models", {"model/"}},       {"features", {"features.csv"}},     {"predictions", {"predictions.csv"}},
      {"metrics", {"metrics.csv"}}, {"facts", {"training.json"}},       {"shap", {"shap.csv"}},
      {"splits", {"splits.csv"}},   {"difficulty", {"difficulty.csv"}}, {"experiments", {"experiments/"}}};
  stage.work = [study_file](StageContext& context) {
    const Base& base = base_of(context);
    const auto& features = context.settings<FeatureParams>("features");
    const auto sites = sites_of(read_table(context.path("sites", "sites")));
    const Table targets = read_table(context.path("targets", "targets"));
    std::vector<std::string> notes;
    const auto maps =
        feature_maps(base.ground, base.baseline, base.aquifer, base.yield, base.features, notes);
    for (const std::string& note : notes) context.context().log.warn(note);
    SurrogateParams surrogates = context.settings<SurrogateParams>("surrogates");
    std::erase(surrogates.models, "unet");  // a stage of its own
    const TrainingInput input{base.ground,
                              sites,
                              targets,
                              maps,
                              read_adjoint(context.path("adjoint", "maps")),
                              context.settings<TargetParams>("targets"),
                              base.ground.schedule.days(),
                              study_file};
    Training training = train_surrogates(input, features, surrogates, context.context());
    training.notes.insert(training.notes.begin(), notes.begin(), notes.end());
    write_table(training.features, context.path("features"));
    write_table(predictions_table(sites, targets, training), context.path("predictions"));
    write_table(explanation_table(sites, targets, training), context.path("shap"));
    stats::write_csv(training.metrics, context.path("metrics"));
    core::write_file_atomic(context.path("facts"),
                            training_facts(training, maps, base.ground.steady_only()).dump(1) + "\n");
    write_models(training, context.path("models"));
    write_table(splits_table(input, training), context.path("splits"));
    write_table(difficulty(input, training), context.path("difficulty"));
    const fs::path experiments = context.path("experiments");
    core::make_folder(experiments);
    write_table(diminishing_returns(targets, training), experiments / "returns.csv");
    if (!surrogates.curve.empty())
      write_table(learning_curves(input, training, surrogates), experiments / "learning.csv");
    if (surrogates.transfer)
      write_table(transfer_scores(input, training, surrogates), experiments / "transfer.csv");
  };
  return stage;
}

Stage scan_stage() {
  Stage stage;
  stage.name = "scan";
  stage.about = "predict every cell as a site's centre";
  stage.needs = {{"baseline", "base"}, {"adjoint", "maps"}, {"train", "models"}, {"train", "features"}};
  stage.settings = {"scan", "targets"};
  stage.outputs = {{"maps", {"maps/"}}, {"scan", {}}};
  stage.work = [](StageContext& context) {
    const Base& base = base_of(context);
    const auto& p = context.settings<ScanParams>("scan");
    const ModelFolder models = read_models(context.path("train", "models"));
    std::vector<std::string> notes;
    const AdjointMaps adjoint = read_adjoint(context.path("adjoint", "maps"));
    const auto maps =
        scanned_inputs(base, adjoint, models.sigma_m, p, context.settings<TargetParams>("targets"), notes);
    notes.clear();
    const auto result =
        std::make_shared<ScanMaps>(scan(base.ground, maps, read_table(context.path("train", "features")),
                                        models.response(), models.decay(), p));
    write_maps(base.ground, *result, p, context.path("maps"), notes);
    if (p.shap) {
      write_shap_maps(base.ground, maps, *result, models.response(), "response", p, context.path("maps"));
      if (models.decay() != nullptr)
        write_shap_maps(base.ground, maps, *result, *models.decay(), "decay", p, context.path("maps"));
    }
    for (const std::string& note : notes) context.context().log.warn(note);
    const auto bytes = [](const std::vector<double>& v) {
      return std::string_view(reinterpret_cast<const char*>(v.data()), v.size() * sizeof(double));
    };
    context.hand_on<ScanMaps>(
        "scan", result,
        core::hash_bytes(std::string(bytes(result->s0_m3)) + std::string(bytes(result->k_per_day))));
  };
  return stage;
}

Stage unet_stage(const UnetWork& work) {
  Stage stage;
  stage.name = "unet";
  stage.about = "train and score the U-Net";
  stage.needs = {{"baseline", "base"},   {"adjoint", "maps"},      {"sites", "sites"}, {"simulate", "runs"},
                 {"targets", "targets"}, {"train", "predictions"}, {"train", "models"}};
  stage.settings = {"unet", "surrogates", "targets"};
  stage.outputs = {{"models", {"unet/"}},
                   {"metrics", {"unet_metrics.csv"}},
                   {"predictions", {"unet_predictions.csv"}},
                   {"facts", {"unet.json"}}};
  stage.work = [work](StageContext& context) {
    PHREATIC_ASSERT(work);
    const Base& base = base_of(context);
    work(base.ground, base.baseline, base.aquifer, context);
  };
  return stage;
}

}  // namespace phreatic::studies::recharge
