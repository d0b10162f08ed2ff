// SPDX-License-Identifier: BSD-3-Clause
// Trains and scores the surrogates of every target, with the same splits for all.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/stats/metrics/metric_table.hpp"
#include "phreatic/stats/regression/collinearity.hpp"
#include "phreatic/studies/recharge/scenarios/adjoint.hpp"
#include "phreatic/studies/recharge/surrogates/features.hpp"
#include "phreatic/studies/recharge/surrogates/splits.hpp"
#include "phreatic/studies/recharge/surrogates/surrogate.hpp"
#include "phreatic/studies/recharge/surrogates/tree_surrogate.hpp"

namespace phreatic::studies::recharge {

struct TargetKind {
  std::string column;  // of the targets' table: "s0_m3"
  std::string name;    // in metrics.csv: "S0"
  std::string unit;
};
// Those that the table has values of.
std::vector<TargetKind> target_kinds(const Table& targets);
// That of the response, which maps and ranks are made of: S0, or the steady response where the model is steady.
TargetKind response_kind(const Table& targets);
// The targets that are mapped: the response, and the decay where there is one.
std::vector<TargetKind> mapped_kinds(const Table& targets);

// Kernel's standard deviation by cross-validation over the training sites of the random split.
struct SigmaScore {
  double sigma_m = 0;
  double r2_response = 0;  // of log10 S0, left-out sites
  double r2_decay = 0;
};
struct SigmaChoice {
  double sigma_m = 0;
  std::vector<SigmaScore> scores;
};

struct TrainedModel {
  std::string name;    // "log-linear", "trees", "trees without specific yield"
  std::string target;  // column
  SurrogatePtr model;  // trained on all sites
  // Mean of 10^residual of left-out sites: factor on back-transformed predictions (duan1983). 1 for "adjoint", which
  // is not fitted: its predictions are volumes, not means of logarithms.
  double smearing = 1;
  // Factor of what is handed on (maps, predictions.csv): smearing for volumes, whose sum has a meaning; 1 for the decay,
  // which enters through exp(-k D).
  double map_factor() const { return target == "k_per_day" ? 1 : smearing; }
  // [sites] log10, NaN where not predicted: by the random split's model (test sites), by the model without its block
  std::vector<double> random_test, blocked;
  std::string left_out;  // beginning of the names of inputs that it was not given; empty: it has all
  std::optional<trees::TrainParams> trees;  // of the kind trees, where they were searched for
  bool fitted() const { return name != "adjoint"; }
};
// The model that makes the maps, Shapley values, ranks and plan of a target: the last that was asked for and trained,
// with all inputs (models that leave inputs out only stand beside). Null when the target has none.
const TrainedModel* mapping_model(const std::vector<TrainedModel>& models, const std::string& target);

struct Training {
  SigmaChoice sigma;
  Table features;  // kernel means at the chosen sigma
  std::vector<TrainedModel> models;
  stats::MetricTable metrics;
  std::vector<std::string> notes;
  std::vector<stats::CollinearPair> pairs;
  std::vector<std::string> inputs;  // of pairs and vif
  std::vector<double> vif;
  std::size_t random_train = 0, random_test = 0;
  std::vector<std::size_t> block_train, block_test;
  Fold random;
  std::vector<Fold> blocks;
  struct Search {
    std::string target;
    TreeSearch result;
  };
  std::vector<Search> searches;
};

struct TrainingInput {
  const Ground& ground;
  const std::vector<Site>& sites;
  const Table& targets;
  const std::vector<FeatureMap>& maps;
  AdjointMaps adjoint;
  TargetParams target_params;
  double recharge_days = 0;
  std::string study_file;
};
Training train_surrogates(const TrainingInput& input, const FeatureParams& features,
                          const SurrogateParams& params, core::Context& context);

}  // namespace phreatic::studies::recharge
