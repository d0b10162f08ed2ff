// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/recharge/decision/geopackage.hpp"
#include "phreatic/studies/recharge/decision/infill.hpp"
#include "phreatic/studies/recharge/scenarios/adjoint.hpp"
#include "phreatic/studies/recharge/scenarios/sites/mask.hpp"
#include "phreatic/studies/recharge/stages/parts.hpp"

namespace phreatic::studies::recharge {

namespace fs = std::filesystem;
using engine::Stage;
using engine::StageContext;
using nlohmann::json;

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

}  // namespace phreatic::studies::recharge
