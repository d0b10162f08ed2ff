// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/stages.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/recharge/decision/geopackage.hpp"
#include "phreatic/studies/recharge/decision/infill.hpp"
#include "phreatic/studies/recharge/results.hpp"
#include "phreatic/studies/recharge/scenarios/adjoint.hpp"
#include "phreatic/studies/recharge/scenarios/experiments.hpp"
#include "phreatic/studies/recharge/scenarios/mf6_engine.hpp"
#include "phreatic/studies/recharge/scenarios/representative_year.hpp"
#include "phreatic/studies/recharge/scenarios/sites/mask.hpp"
#include "phreatic/studies/recharge/scenarios/sites/site_file.hpp"
#include "phreatic/studies/recharge/scenarios/targets.hpp"

namespace phreatic::studies::recharge {
namespace {

namespace fs = std::filesystem;
using engine::Stage;
using engine::StageContext;
using nlohmann::json;

// The model with its baseline, and what follows from both without a choice of the user's.
struct Base {
  Ground ground;
  Baseline baseline;
  FirstAquifer aquifer;
  std::vector<double> leakage_m;
  SeasonalYield yield;
  FeatureParams features;
};

const Base& base_of(const StageContext& context) { return context.value<Base>("baseline", "base"); }

std::string hash_of(const Base& base) {
  std::string bytes;
  const auto add = [&](const std::vector<double>& values) {
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
  };
  const Baseline& b = base.baseline;
  for (const auto* values :
       {&b.series.head_m, &b.series.water_m, &b.start.heads, &b.steady_heads, &b.wet_depth_m, &b.dry_depth_m,
        &b.wet_thickness_m, &b.river_conductance, &b.drain_conductance, &b.river, &b.drainage_level_m,
        &base.aquifer.transmissivity, &base.aquifer.resistance, &base.leakage_m, &base.yield.wet,
        &base.yield.dry})
    add(*values);
  bytes += base.features.directions ? "directions" : "";
  return core::hash_bytes(bytes);
}

Stage baseline_stage(const std::shared_ptr<const Ground>& ground, const RechargeSettings& settings,
                     const std::string& study_file) {
  const fs::path folder = settings.folder;
  Stage stage;
  stage.name = "baseline";
  stage.about = "simulate with natural recharge alone";
  stage.settings = {"model", "window", "features"};
  for (const std::string& file : ground->files)
    stage.inputs.push_back({fs::path(file).lexically_relative(folder).string(), file});
  for (const std::string& file : settings.features.specific_yield) {
    if (file == kSoilYield) continue;
    stage.inputs.push_back({fs::path(file).lexically_relative(folder).string(), file});
  }
  stage.outputs = {{"base", {}}, {"facts", {"baseline.json"}}, {"maps", {"baseline/"}}};
  stage.work = [ground, study_file](StageContext& context) {
    const auto base = std::make_shared<Base>();
    base->ground = *ground;
    base->features = context.settings<FeatureParams>("features");
    for (const std::string& note : ground->notes) context.context().log.info(note);
    base->baseline = run_baseline(*ground, context.context());
    base->yield = seasonal_yield(*ground, base->baseline, context.settings<ModelParams>("model"),
                                 base->features, study_file);
    base->aquifer = first_aquifer(*ground, base->baseline.wet_thickness_m,
                                  context.settings<FeatureParams>("features").merge_resistance_days);
    base->leakage_m = leakage_factors(*ground, base->baseline, base->aquifer);
    core::write_file_atomic(context.path("facts"),
                            baseline_facts(base->ground, base->baseline, base->aquifer, base->leakage_m,
                                           context.settings<ModelParams>("model"))
                                    .dump(1) +
                                "\n");
    write_baseline_maps(base->ground, base->baseline, context.path("maps"));
    context.hand_on<Base>("base", base, hash_of(*base));
  };
  return stage;
}

Stage year_stage(const RechargeSettings& settings, const std::string& study_file) {
  Stage stage;
  stage.name = "year";
  stage.about = "choose the year that stands for the climate";
  stage.settings = {"year"};
  const std::string& file = settings.year.weather;
  stage.inputs.push_back({fs::path(file).lexically_relative(settings.folder).string(), file});
  stage.outputs = {{"years", {"representative_year.csv"}}, {"facts", {"representative_year.json"}}};
  stage.work = [study_file](StageContext& context) {
    const auto& p = context.settings<YearParams>("year");
    const DailySurplus surplus = read_surplus(p, study_file);
    const RepresentativeYear year = representative_year(surplus, p, study_file);
    const ComparedYear& best = year.years[year.best];
    context.context().log.info(fmt::format(
        "the year from {} on stands for the climate: its precipitation surplus is within the band "
        "on {:.0f} % of its days ({} complete years, {} incomplete ones left out)",
        core::format_date(best.first), 100 * best.share_within, year.years.size(), year.incomplete));
    write_table(year_table(year), context.path("years"));
    core::write_file_atomic(context.path("facts"), json{{"first", core::format_date(best.first)},
                                                        {"share_within", best.share_within},
                                                        {"distance_mm", best.distance_mm},
                                                        {"years", year.years.size()},
                                                        {"incomplete", year.incomplete},
                                                        {"evapotranspiration", surplus.evapotranspiration}}
                                                           .dump(1) +
                                                       "\n");
  };
  return stage;
}

Stage adjoint_stage() {
  Stage stage;
  stage.name = "adjoint";
  stage.about = "response and decay of every cell by runs backward";
  stage.needs = {{"baseline", "base"}};
  stage.settings = {"adjoint", "targets", "scan"};
  stage.outputs = {{"maps", {"adjoint/"}}};
  stage.work = [](StageContext& context) {
    const Base& base = base_of(context);
    const auto& targets = context.settings<TargetParams>("targets");
    const auto& params = context.settings<AdjointParams>("adjoint");
    const auto& scan = context.settings<ScanParams>("scan");
    AdjointMaps maps;
    if (params.use) maps = adjoint_maps(base.ground, base.baseline, params, targets, context.context());
    for (const std::string& note : maps.notes) context.context().log.info("adjoint: " + note);
    write_adjoint(base.ground, maps, context.path("maps"));
    if (maps.there())
      write_adjoint_maps(base.ground, maps, extent_of(base.ground, scan.area_km2), scan.days, targets,
                         context.path("maps"));
  };
  return stage;
}

Stage sites_stage(const RechargeSettings& settings, const std::string& study_file) {
  Stage stage;
  stage.name = "sites";
  stage.about = "place the sites";
  stage.needs = {{"baseline", "base"}};
  stage.settings = {"scenarios"};
  for (const std::string& file : {settings.scenarios.file, settings.scenarios.mask}) {
    if (!file.empty())
      stage.inputs.push_back({fs::path(file).lexically_relative(settings.folder).string(), file});
  }
  stage.outputs = {{"sites", {"sites.csv"}}, {"design", {"design.json"}}};
  stage.work = [study_file](StageContext& context) {
    const Base& base = base_of(context);
    const auto& p = context.settings<ScenarioParams>("scenarios");
    const auto mask = read_mask(base.ground, p.mask);
    const SiteDesign design = p.file.empty() ? design_sites(base.ground, base.leakage_m, mask, p, study_file)
                                             : read_sites(base.ground, base.leakage_m, mask, p, study_file);
    for (const std::string& note : design.notes) context.context().log.warn(note);
    context.context().log.info(
        fmt::format("sites: {} in {} runs, at least {:.0f} to {:.0f} m apart within a run",
                    design.sites.size(), design.runs, design.least_gap_m, design.greatest_gap_m));
    write_table(table_of(design.sites, base.ground), context.path("sites"));
    core::write_file_atomic(context.path("design"), design_facts(design).dump(1) + "\n");
  };
  return stage;
}

Stage simulate_stage() {
  Stage stage;
  stage.name = "simulate";
  stage.about = "simulate the sites, run by run";
  stage.needs = {{"baseline", "base"}, {"sites", "sites"}};
  stage.settings = {"scenarios"};
  stage.outputs = {{"runs", {"runs/"}}};
  stage.work = [](StageContext& context) {
    const Base& base = base_of(context);
    const fs::path table = context.path("sites", "sites");
    const auto& p = context.settings<ScenarioParams>("scenarios");
    const Measures measures{.steady = p.steady, .rises = p.rises};
    const std::string mf6 = p.engine == ScenarioEngine::mf6 ? mf6_program(p.mf6) : "";
    const std::string fingerprint =
        core::hash_bytes(hash_of(base) + core::hash_file(table) + (p.steady ? "steady" : "") + mf6);
    const auto runs = simulate_all(base.ground, base.baseline, sites_of(read_table(table)), base.leakage_m,
                                   measures, fingerprint, context.path("runs"), context.context(), mf6);
    const auto failed =
        std::count_if(runs.begin(), runs.end(), [](const RunResult& r) { return !r.complete; });
    if (static_cast<std::size_t>(failed) == runs.size())
      throw core::RunError("all runs failed; the first one: " + runs.front().message);
  };
  return stage;
}

std::vector<RunResult> read_runs(const fs::path& folder, const std::vector<Site>& sites) {
  std::vector<RunResult> out;
  int last = -1;
  for (const Site& site : sites) last = std::max(last, site.run);
  for (int run = 0; run <= last; ++run) {
    out.emplace_back();
    read_result(result_file(folder, run), "", out.back());
  }
  return out;
}

Stage targets_stage() {
  Stage stage;
  stage.name = "targets";
  stage.about = "measure response and decay of every site";
  stage.needs = {{"baseline", "base"}, {"sites", "sites"}, {"simulate", "runs"}};
  stage.settings = {"targets"};
  stage.outputs = {{"targets", {"targets.csv"}},
                   {"storage", {"storage.csv"}},
                   {"remarks", {"targets.json"}},
                   {"above", {"above_steady.csv"}}};
  stage.code_version = 3;  // 2: above_steady.csv; two phases. 3: reasons only where a loss is notably larger.
  stage.work = [](StageContext& context) {
    const auto& p = context.settings<TargetParams>("targets");
    const Schedule& schedule = base_of(context).ground.schedule;
    const auto sites = sites_of(read_table(context.path("sites", "sites")));
    const auto runs = read_runs(context.path("simulate", "runs"), sites);
    const Table targets = targets_table(sites, runs, schedule, p);
    const auto remarks = target_remarks(targets, runs, p);
    for (const std::string& remark : remarks) context.context().log.warn(remark);
    write_table(targets, context.path("targets"));
    write_table(storage_table(sites, runs, schedule, p.volume), context.path("storage"));
    const Base& base = base_of(context);
    constexpr double around_m = 500;  // kernel of the losses around a site; no narrower than two cells
    write_table(above_steady(base.ground, read_table(context.path("sites", "sites")), targets,
                             base.baseline.steady_losses, base.baseline.season_losses,
                             std::max(around_m, 2 * base.ground.cell_width())),
                context.path("above"));
    core::write_file_atomic(context.path("remarks"),
                            json{{"remarks", remarks}, {"runs", runs.size()}}.dump(1) + "\n");
  };
  return stage;
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

// Maps of the surrogates' inputs for a site around every cell.
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

Stage plan_stage(const RechargeSettings& settings) {
  Stage stage;
  stage.name = "plan";
  stage.about = "rank the cells and simulate the best sites together";
  stage.needs = {{"baseline", "base"},  {"adjoint", "maps"}, {"targets", "targets"}, {"train", "models"},
                 {"train", "features"}, {"train", "shap"},   {"scan", "scan"}};
  stage.settings = {"scan", "plan", "scenarios", "targets", "surrogates"};
  for (const std::string& file : {settings.scenarios.mask, settings.plan.exclude}) {
    if (!file.empty())
      stage.inputs.push_back({fs::path(file).lexically_relative(settings.folder).string(), file});
  }
  stage.outputs = {{"ranking", {"ranking.csv"}},
                   {"plan", {"plan.csv"}},
                   {"facts", {"plan.json"}},
                   {"polygons", {"plan.gpkg"}, true},
                   {"ranked-polygons", {"ranking.gpkg"}, true}};
  stage.code_version = 3;  // 2: stability is a count over draws. 3: rounds.
  stage.work = [](StageContext& context) {
    const Base& base = base_of(context);
    const auto& maps = context.value<ScanMaps>("scan", "scan");
    const auto& scan = context.settings<ScanParams>("scan");
    PlanParams plan = context.settings<PlanParams>("plan");
    if (plan.shap_weights) plan = with_shap_weights(plan, read_table(context.path("train", "shap")));
    const auto& scenarios = context.settings<ScenarioParams>("scenarios");
    const auto& targets = context.settings<TargetParams>("targets");
    const Places places(base.ground, allowed_cells(base.ground, read_mask(base.ground, scenarios.mask)),
                        scenarios.edge_buffer_m);
    const PairwiseWeights weights = criteria_weights(plan);
    if (weights.consistency_ratio > 0.1)
      context.context().log.warn(
          fmt::format("the comparisons of plan.pairwise contradict each other: consistency ratio {:.2f}, 0.1 "
                      "is the usual "
                      "limit",
                      weights.consistency_ratio));
    std::vector<double> gaps;
    for (const double factor : base.leakage_m)
      gaps.push_back(scenarios.spacing_m > 0 ? scenarios.spacing_m : scenarios.spacing_factors * factor);
    const ModelFolder models = read_models(context.path("train", "models"));
    const AdjointMaps adjoint = read_adjoint(context.path("adjoint", "maps"));
    const std::vector<double> exclude = read_mask(base.ground, plan.exclude);
    std::vector<std::string> notes;  // told by the scan
    const auto inputs = scanned_inputs(base, adjoint, models.sigma_m, scan, targets, notes);
    const InfillResult result =
        plan_by_rounds({base.ground, base.baseline, base.leakage_m, inputs, adjoint, models, exclude, places,
                        gaps, scan, plan, targets, scenarios.seed},
                       maps, read_table(context.path("train", "features")),
                       read_table(context.path("targets", "targets")), context.context());
    const auto& ranked = result.ranked;
    const auto& sites = result.sites;
    if (!sites.empty() && !result.run.complete)
      context.context().log.warn("the plan's own run failed: " + result.run.message);
    const Table ranking = ranking_table(base.ground, ranked, static_cast<std::size_t>(plan.top));
    const Table planned = plan_table(base.ground, sites, result.maps, result.run, targets, scan);
    write_table(ranking, context.path("ranking"));
    write_table(planned, context.path("plan"));
    if (!ranking.ids.empty())
      write_geopackage(base.ground, ranked_extents(ranking, maps.extent), ranking,
                       context.path("ranked-polygons"));
    if (!sites.empty()) write_geopackage(base.ground, sites, planned, context.path("polygons"));
    core::write_file_atomic(context.path("facts"), plan_facts(result, plan).dump(1) + "\n");
  };
  return stage;
}

// Its work is that of another program where libtorch is missing, which hands the study over before any stage runs.
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

}  // namespace

engine::Graph stages(const StudyFile& study, const UnetWork& unet) {
  const RechargeSettings settings = read_settings(study);
  const auto ground =
      std::make_shared<const Ground>(read_ground(settings.model, settings.window, study.path));
  check_steady(settings, *ground, study.path);
  engine::Graph graph;
  graph.resolved = core::to_yaml(settings);
  graph.settings.add("model", settings.model, "model.");
  graph.settings.add("window", settings.window, "window.");
  graph.settings.add("year", settings.year, "year.");
  graph.settings.add("scenarios", settings.scenarios, "scenarios.");
  graph.settings.add("targets", settings.targets, "targets.");
  graph.settings.add("features", settings.features, "features.");
  graph.settings.add("adjoint", settings.adjoint, "adjoint.");
  graph.settings.add("surrogates", settings.surrogates, "surrogates.");
  graph.settings.add("unet", settings.unet, "unet.");
  graph.settings.add("scan", settings.scan, "scan.");
  graph.settings.add("plan", settings.plan, "plan.");
  graph.settings.add("page", PageBlock{settings.title, settings.figures}, "");
  graph.stages = {baseline_stage(ground, settings, study.path),
                  adjoint_stage(),
                  sites_stage(settings, study.path),
                  simulate_stage(),
                  targets_stage(),
                  train_stage(study.path),
                  scan_stage(),
                  plan_stage(settings)};
  if (!settings.year.weather.empty()) graph.stages.push_back(year_stage(settings, study.path));
  if (settings.surrogates.has_unet()) graph.stages.push_back(unet_stage(unet));
  return graph;
}

}  // namespace phreatic::studies::recharge
