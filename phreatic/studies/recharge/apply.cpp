// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/apply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/recharge/decision/scan.hpp"
#include "phreatic/studies/recharge/results.hpp"
#include "phreatic/studies/recharge/scenarios/adjoint.hpp"

namespace phreatic::studies::recharge {
namespace {

namespace fs = std::filesystem;

bool has_map(const std::vector<FeatureMap>& maps, const std::string& name) {
  return name == "rate" || name == "area" ||
         std::any_of(maps.begin(), maps.end(), [&](const FeatureMap& m) { return m.name == name; });
}

bool needs(const TrainedModel& model, const std::string& input) {
  const auto& inputs = model.model->inputs();
  return std::find(inputs.begin(), inputs.end(), input) != inputs.end();
}

// Every input that the surrogates were trained on, for the cells of the other model.
void check_inputs(const std::vector<const TrainedModel*>& models, const std::vector<FeatureMap>& maps,
                  const std::string& why_no_adjoint, const std::string& study_file) {
  core::Problems problems;
  std::vector<std::string> told;
  for (const TrainedModel* model : models) {
    for (const std::string& input : model->model->inputs()) {
      if (has_map(maps, input) || std::find(told.begin(), told.end(), input) != told.end()) continue;
      told.push_back(input);
      const bool adjoint = input == kAdjointResponse || input == kAdjointDecay;
      problems.add(
          {.file = study_file,
           .where = "input '" + input + "'",
           .what = fmt::format("the surrogate '{}' was trained on it, and this model has no such map{}",
                               model->name, adjoint && !why_no_adjoint.empty() ? ": " + why_no_adjoint : ""),
           .mend = adjoint ? "Set adjoint.use: true, or train without the adjoint"
                           : "A map that is the same everywhere is none: train without that input"});
    }
  }
  problems.throw_if_any();
}

bool needs_adjoint(const TrainedModel* model) {
  return needs(*model, kAdjointResponse) || needs(*model, kAdjointDecay);
}

void check_request(const ApplyRequest& request) {
  if (fs::exists(request.out / "stages.json"))
    throw core::InputError({.file = request.out.string(),
                            .where = "--out",
                            .what = "is the folder of a run, whose maps would be overwritten",
                            .mend = "Name another folder"});
  if (request.compare)
    throw core::InputError(
        {.where = "--compare", .what = "is for wells", .mend = "Apply twice, and take the maps' difference"});
}

void check_kind(const Ground& ground, const ModelFolder& models, const std::string& study_file) {
  if (ground.steady_only() != (models.decay() == nullptr))
    throw core::InputError(
        {.file = study_file,
         .where = "model",
         .what = ground.steady_only()
                     ? "all its periods are steady, and the surrogates are of a transient model"
                     : "it has transient periods, and the surrogates are of a steady model",
         .mend = "Apply surrogates to a model of their own kind"});
}

// Maps of the adjoint beside the others; returns why there are none, empty where they are.
std::string add_adjoint_maps(const Ground& ground, const Baseline& baseline, const RechargeSettings& settings,
                             std::vector<FeatureMap>& maps, core::Context& context) {
  if (!settings.adjoint.use) return {};
  const AdjointMaps adjoint = adjoint_maps(ground, baseline, settings.adjoint, settings.targets, context);
  if (adjoint.there()) {
    const Extent extent = extent_of(ground, settings.scan.area_km2);
    for (FeatureMap& map : adjoint_feature_maps(adjoint, ground, extent, settings.targets))
      maps.push_back(std::move(map));
  }
  return adjoint.trouble;
}

std::string masked_line(const ScanMaps& maps, double least) {
  std::size_t cells = 0;
  std::size_t outside = 0;
  for (const double share : maps.applicability) {
    if (std::isnan(share)) continue;
    ++cells;
    outside += share < least ? 1 : 0;
  }
  return fmt::format(
      "{} of {} cells ({:.0f} %) have inputs outside of the range of the training sites: "
      "maps/applicability.tif",
      outside, cells, cells > 0 ? 100.0 * static_cast<double>(outside) / static_cast<double>(cells) : 0.0);
}

}  // namespace

std::vector<std::string> apply(const ApplyRequest& request, core::Context& context) {
  const fs::path models_folder =
      fs::exists(request.model / "models.json") ? request.model : request.model / "model";
  const fs::path features_file = models_folder.parent_path() / "features.csv";
  if (!fs::exists(models_folder / "models.json") || !fs::exists(features_file))
    throw core::InputError(
        {.file = request.model.string(),
         .what = "is not the folder of a recharge run: it has no model/models.json or features.csv",
         .mend = "Name the folder that `phreatic run` wrote"});
  check_request(request);
  const RechargeSettings settings = read_settings(request.data);
  const ModelFolder models = read_models(models_folder);
  std::vector<const TrainedModel*> used = {&models.response()};
  if (const TrainedModel* decay = models.decay()) used.push_back(decay);
  const Ground ground = read_ground(settings.model, settings.window, request.data.path);
  for (const std::string& note : ground.notes) context.log.info(note);
  check_steady(settings, ground, request.data.path);
  check_kind(ground, models, request.data.path);
  const Baseline baseline = run_baseline(ground, context);
  const FirstAquifer aquifer =
      first_aquifer(ground, baseline.wet_thickness_m, settings.features.merge_resistance_days);
  std::vector<std::string> notes;
  const SeasonalYield yield =
      seasonal_yield(ground, baseline, settings.model, settings.features, request.data.path);
  auto maps = smoothed(ground, feature_maps(ground, baseline, aquifer, yield, settings.features, notes),
                       models.sigma_m);
  std::string why_no_adjoint;
  if (std::any_of(used.begin(), used.end(), needs_adjoint))
    why_no_adjoint = add_adjoint_maps(ground, baseline, settings, maps, context);
  check_inputs(used, maps, why_no_adjoint, request.data.path);
  const ScanMaps out = scan(ground, maps, read_table(features_file), *used[0], models.decay(), settings.scan);
  write_maps(ground, out, settings.scan, request.out / "maps", notes);
  core::write_file_atomic(request.out / "study.yml", core::to_yaml(settings));
  for (const std::string& note : notes) context.log.warn(note);
  return {models.decay() == nullptr
              ? fmt::format("surrogate '{}' (steady response), kernel {:g} m", used[0]->name, models.sigma_m)
              : fmt::format("surrogates '{}' (response) and '{}' (decay), kernel {:g} m", used[0]->name,
                            used[1]->name, models.sigma_m),
          masked_line(out, settings.scan.least_applicability)};
}

}  // namespace phreatic::studies::recharge
