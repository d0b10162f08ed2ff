// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/recharge/scenarios/adjoint.hpp"
#include "phreatic/studies/recharge/scenarios/representative_year.hpp"
#include "phreatic/studies/recharge/stages/parts.hpp"

namespace phreatic::studies::recharge {

namespace fs = std::filesystem;
using engine::Stage;
using engine::StageContext;
using nlohmann::json;

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

}  // namespace phreatic::studies::recharge
