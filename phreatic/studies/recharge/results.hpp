// SPDX-License-Identifier: BSD-3-Clause
// What the stages leave in the run folder beside their tables: facts as JSON, trained models.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "phreatic/studies/recharge/decision/ranking.hpp"
#include "phreatic/studies/recharge/scenarios/simulate.hpp"
#include "phreatic/studies/recharge/surrogates/training.hpp"

namespace phreatic::studies::recharge {

nlohmann::json baseline_facts(const Ground& ground, const Baseline& baseline, const FirstAquifer& aquifer,
                              const std::vector<double>& leakage_m, const ModelParams& model);
// baseline/depth.tif: depth to water while recharge flows; baseline/rivers.tif: 1 where a stream runs.
void write_baseline_maps(const Ground& ground, const Baseline& baseline, const std::filesystem::path& folder);
nlohmann::json design_facts(const SiteDesign& design);
// steady: of a model whose periods are all steady.
nlohmann::json training_facts(const Training& training, const std::vector<FeatureMap>& maps, bool steady);
struct InfillResult;  // decision/infill.hpp
nlohmann::json plan_facts(const InfillResult& result, const PlanParams& plan);

// <target>: simulated; "<target> random <model>", "<target> blocks <model>": predicted (TrainedModel::map_factor); empty where not.
Table predictions_table(const std::vector<Site>& sites, const Table& targets, const Training& training);
// Shapley values (log10) of the mapping models of response and decay at every site: "<target> <input>" and "<target> base".
Table explanation_table(const std::vector<Site>& sites, const Table& targets, const Training& training);
// rank, row, column, x_m, y_m, s0_m3, fraction_left, score, pareto, stability of the first `top`.
Table ranking_table(const Ground& ground, const std::vector<Candidate>& ranked, std::size_t top);
// The plan's sites: predicted S0 and k beside those of the run that has all of them.
Table plan_table(const Ground& ground, const std::vector<Site>& sites, const ScanMaps& maps,
                 const RunResult& run, const TargetParams& targets, const ScanParams& scan);

// model/models.json and a file for each model.
void write_models(const Training& training, const std::filesystem::path& folder);
struct ModelFolder {
  double sigma_m = 0;
  std::vector<TrainedModel> models;  // without predictions
  // mapping_model() of a target. Throws InputError when the target has none.
  const TrainedModel& mapping(const std::string& target) const;
  // Of the response: S0, or the steady response where nothing else was trained. And of the decay; null beside the latter.
  const TrainedModel& response() const;
  const TrainedModel* decay() const;
};
ModelFolder read_models(const std::filesystem::path& folder);

}  // namespace phreatic::studies::recharge
