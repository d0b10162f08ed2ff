// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/surrogates/training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "phreatic/studies/recharge/surrogates/samples.hpp"
#include "phreatic/studies/recharge/surrogates/scores.hpp"
#include "phreatic/studies/recharge/surrogates/tree_surrogate.hpp"

namespace phreatic::studies::recharge {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kYield = "specific_yield";

SigmaChoice choose_sigma(const TrainingInput& in, const FeatureParams& features, const SurrogateParams& p,
                         const std::string& kind, const std::vector<std::size_t>& train) {
  SigmaChoice out;
  double best = -std::numeric_limits<double>::infinity();
  const auto folds = random_folds(train, p.folds, p.seed);
  const auto kinds = mapped_kinds(in.targets);
  for (const double sigma : features.sigmas_m) {
    const Table table = site_features(in.ground, in.sites, smoothed(in.ground, in.maps, sigma));
    const auto score = [&](const std::string& target) {
      const auto all = samples_of(table, in.targets, target, "");
      return stats::nse(logs_of(in.targets, target), predict_folds(kind, all, folds, in.sites.size(),
                                                                   fewest_rows(table, target), {p.seed, {}}));
    };
    out.scores.push_back(
        {sigma, score(kinds.front().column), kinds.size() > 1 ? score(kinds.back().column) : kMissing});
    const auto& s = out.scores.back();
    const double mean =
        0.5 * ((std::isnan(s.r2_response) ? 0 : s.r2_response) + (std::isnan(s.r2_decay) ? 0 : s.r2_decay));
    if (mean <= best) continue;
    best = mean;
    out.sigma_m = sigma;
  }
  return out;
}

double smearing_factor(const std::vector<double>& logs, const std::vector<double>& predicted) {
  double sum = 0;
  std::size_t n = 0;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const double residual = logs[i] - predicted[i];
    if (std::isnan(residual)) continue;
    sum += std::pow(10, residual);
    ++n;
  }
  return n > 0 ? sum / static_cast<double>(n) : 1;
}

struct Variant {
  std::string name, kind;
  std::string left_out;  // beginning of the names of inputs
};

std::vector<Variant> variants(const SurrogateParams& p, const Table& features) {
  std::vector<Variant> out;
  for (const std::string& kind : p.models) out.push_back({kind, kind, ""});
  const std::string& last = p.models.back();
  if (last == "rate-area" || last == "adjoint") return out;
  if (std::any_of(features.columns.begin(), features.columns.end(),
                  [](const TableColumn& c) { return c.name.rfind(kYield, 0) == 0; }))
    out.push_back({last + " without specific yield", last, kYield});
  if (features.has(kAdjointResponse)) out.push_back({last + " without adjoint", last, "adjoint_"});
  return out;
}

// Trees need a library to be trained, which is told once.
SurrogateParams trainable(const SurrogateParams& params, std::vector<std::string>& notes) {
  SurrogateParams out = params;
  if (!trees_available() && std::erase(out.models, "trees") > 0) {
    notes.emplace_back(
        "the surrogate 'trees' is left out: libxgboost, which trains it, is not installed "
        "(tools/setup places it; docs/methods/trees.md)");
    if (out.models.empty()) out.models = {"log-linear"};
  }
  return out;
}

// Parameters of trees by a search over the training sites of the random split, when it is asked for.
FitParams tuned(const SurrogateParams& p, const TargetKind& target, const TargetSamples& all,
                const Fold& random, core::Context& context, Training& out) {
  FitParams fit{p.seed, tree_defaults(p.seed)};
  const bool trees = std::find(p.models.begin(), p.models.end(), "trees") != p.models.end();
  const auto rows = rows_among(all.index, random.train);
  if (!trees || p.tuning.samples == 0 || rows.size() < static_cast<std::size_t>(2 * p.tuning.folds))
    return fit;
  const TreeSearch search = search_trees(rows_of(all.samples, rows), p.tuning, p.seed, context);
  fit.trees = search.params;
  out.searches.push_back({target.name, search});
  return fit;
}

// The adjoint has one measure of storage, that of targets.volume, at dates of the window: it says nothing of water where
// storage is volume of aquifer, nor of the steady response, which is that of another model: only where the model itself
// is steady.
bool adjoint_answers(const TrainingInput& in, const TargetKind& target) {
  const TargetParams& params = in.target_params;
  if (in.ground.steady_only()) return target.column == "steady_m3";
  if (target.column == "water_m3") return params.volume == Volume::water;
  return target.column != "steady_m3";
}

void tell_unanswered(const TrainingInput& in, const SurrogateParams& p, std::vector<std::string>& notes) {
  if (std::find(p.models.begin(), p.models.end(), "adjoint") == p.models.end()) return;
  for (const TargetKind& target : target_kinds(in.targets)) {
    if (adjoint_answers(in, target)) continue;
    notes.push_back(
        fmt::format("the model 'adjoint' is left out for {}: {}", target.name,
                    target.column == "water_m3"
                        ? "its measure is volume of aquifer (targets.volume: water makes it one of water)"
                        : "it answers at dates of the window"));
  }
}

// Blocks that leave too few sites to train on; targets with as many such sites are told together.
void tell_unpredicted(const TrainingInput& in, const std::vector<Fold>& blocks, Training& out) {
  std::map<std::array<std::size_t, 3>, std::vector<std::string>> targets;  // sites, blocks, fewest rows
  for (const TargetKind& target : target_kinds(in.targets)) {
    const auto index = samples_of(out.features, in.targets, target.column, "").index;
    const std::size_t fewest = fewest_rows(out.features, target.column);
    std::size_t sites = 0;
    std::size_t short_blocks = 0;
    for (const Fold& fold : blocks) {
      if (rows_among(index, fold.train).size() >= fewest) continue;
      sites += rows_among(index, fold.test).size();
      ++short_blocks;
    }
    if (sites > 0) targets[{sites, short_blocks, fewest}].push_back(target.name);
  }
  for (const auto& [counts, names] : targets)
    out.notes.push_back(fmt::format(
        "{} sites of {} spatial blocks are predicted by no model of {}: outside of the buffer fewer than {} "
        "sites are left to train on, which the model with all inputs needs, and all models are scored at the "
        "same sites",
        counts[0], counts[1], fmt::join(names, ", "), counts[2]));
}

void train_target(const TrainingInput& in, const SurrogateParams& p, const TargetKind& target,
                  const Fold& random, const std::vector<Fold>& blocks, core::Context& context,
                  Training& out) {
  const FitParams fit =
      tuned(p, target, samples_of(out.features, in.targets, target.column, ""), random, context, out);
  const auto logs = logs_of(in.targets, target.column);
  std::vector<std::size_t> everyone(in.sites.size());
  std::iota(everyone.begin(), everyone.end(), std::size_t{0});
  const std::size_t fewest = fewest_rows(out.features, target.column);
  for (const Variant& variant : variants(p, out.features)) {
    auto all = samples_of(out.features, in.targets, target.column, variant.left_out);
    if (all.samples.rows() < fewest) continue;
    if (variant.kind == "adjoint" && !adjoint_answers(in, target)) continue;
    all.samples.adjoint_constant =
        target.column == "k_per_day" ? kMissing : std::log10(1e3 * in.recharge_days);
    TrainedModel model{
        variant.name,     target.column, fit_surrogate(variant.kind, all.samples, fit), 1, {}, {},
        variant.left_out, fit.trees};
    const auto predict = [&](const std::vector<Fold>& folds) {
      return predict_folds(variant.kind, all, folds, in.sites.size(), fewest, fit);
    };
    if (variant.kind != "adjoint")
      model.smearing = smearing_factor(logs, predict(random_folds(everyone, p.folds, p.seed)));
    model.random_test = predict({random});
    model.blocked = predict(blocks);
    const ScoreInput scored{in.sites, in.targets, target, in.recharge_days};
    append_scores(out.metrics, scored, variant.name, "random", model.random_test, model.smearing);
    append_scores(out.metrics, scored, variant.name, "blocks", model.blocked, model.smearing);
    out.models.push_back(std::move(model));
  }
}

// The mapping model of a target that says less than the mean of the sites, where it has not been, is told. Scores are
// those of what is handed on: with the smearing factor for volumes.
void warn_of_no_skill(const std::vector<TargetKind>& targets, const std::vector<TargetKind>& mapped_targets,
                      Training& out) {
  for (const TargetKind& target : targets) {
    const TrainedModel* model = mapping_model(out.models, target.column);
    if (model == nullptr) continue;
    const std::string metric = target.column == "k_per_day" ? "R2" : "R2_smeared";
    const bool mapped = std::any_of(mapped_targets.begin(), mapped_targets.end(),
                                    [&](const TargetKind& kind) { return kind.column == target.column; });
    for (const stats::MetricRow& row : out.metrics) {
      if (row.model != model->name || row.variable != target.name || row.period != "blocks" ||
          row.metric != metric || !(row.value < 0))
        continue;
      out.notes.push_back(fmt::format(
          "in spatial blocks that it has not seen the surrogate '{}' of {} is worse than the mean of "
          "the sites ({} {:.2f}): do not use its {} without more sites or other inputs",
          row.model, row.variable, metric, row.value, mapped ? "maps and ranks" : "predictions"));
    }
  }
}

}  // namespace

std::vector<TargetKind> target_kinds(const Table& targets) {
  std::vector<TargetKind> out;
  for (const TargetKind& kind :
       {TargetKind{"s0_m3", "S0", "m3"}, TargetKind{"k_per_day", "k", "1/d"},
        TargetKind{"water_m3", "water stored", "m3"}, TargetKind{"steady_m3", "steady response", "m3"}}) {
    const auto& values = targets.numbers(kind.column);
    if (std::any_of(values.begin(), values.end(), [](double v) { return v > 0; })) out.push_back(kind);
  }
  return out;
}

TargetKind response_kind(const Table& targets) {
  const auto& s0 = targets.numbers("s0_m3");
  if (std::any_of(s0.begin(), s0.end(), [](double v) { return v > 0; })) return {"s0_m3", "S0", "m3"};
  const auto& steady = targets.numbers("steady_m3");
  if (std::any_of(steady.begin(), steady.end(), [](double v) { return v > 0; }))
    return {"steady_m3", "steady response", "m3"};
  return {"s0_m3", "S0", "m3"};
}

std::vector<TargetKind> mapped_kinds(const Table& targets) {
  std::vector<TargetKind> out = {response_kind(targets)};
  if (out.front().column == "s0_m3") out.push_back({"k_per_day", "k", "1/d"});
  return out;
}

const TrainedModel* mapping_model(const std::vector<TrainedModel>& models, const std::string& target) {
  const TrainedModel* found = nullptr;
  for (const TrainedModel& model : models) {
    if (model.target == target && model.left_out.empty()) found = &model;
  }
  return found;
}

Training train_surrogates(const TrainingInput& in, const FeatureParams& features,
                          const SurrogateParams& params, core::Context& context) {
  Training out;
  SurrogateParams p = trainable(params, out.notes);
  if (!in.adjoint.there() && std::erase(p.models, "adjoint") > 0) {
    if (!in.adjoint.trouble.empty())
      out.notes.push_back("the model 'adjoint' is left out: " + in.adjoint.trouble);
    if (p.models.empty()) p.models = {"log-linear"};
  }
  const Fold random = random_split(in.sites.size(), p.test_share, p.seed);
  out.random_train = random.train.size();
  out.random_test = random.test.size();
  out.sigma = choose_sigma(in, features, p, p.models.back() == "adjoint" ? "log-linear" : p.models.back(),
                           random.train);
  out.features = site_features(in.ground, in.sites, smoothed(in.ground, in.maps, out.sigma.sigma_m));
  const auto& s0 = in.targets.numbers(response_kind(in.targets).column);
  const auto there =
      static_cast<std::size_t>(std::count_if(s0.begin(), s0.end(), [](double v) { return v > 0; }));
  if (in.adjoint.there()) {
    std::size_t filled = 0;
    add_adjoint_columns(out.features, in.adjoint, in.ground, in.sites, in.target_params, filled);
    if (filled > 0)
      out.notes.push_back(
          fmt::format("{} values of the adjoint are not above 0 or do not decay: the smallest one "
                      "of the other sites stands for them",
                      filled));
  }
  check_features(out.features, there, in.study_file, out.notes);
  stats::Columns columns;
  for (const TableColumn& column : out.features.columns) {
    out.inputs.push_back(column.name);
    columns.push_back(column.numbers);
  }
  out.pairs = stats::collinear_pairs(columns, features.collinear_r2);
  out.vif = stats::variance_inflation(columns);
  const auto blocks = spatial_folds(in.ground, in.sites, p.blocks, p.buffer_sigmas * out.sigma.sigma_m);
  for (const Fold& fold : blocks) {
    out.block_train.push_back(fold.train.size());
    out.block_test.push_back(fold.test.size());
  }
  tell_unpredicted(in, blocks, out);
  tell_unanswered(in, p, out.notes);
  for (const TargetKind& target : target_kinds(in.targets))
    train_target(in, p, target, random, blocks, context, out);
  out.random = random;
  out.blocks = blocks;
  warn_of_no_skill(target_kinds(in.targets), mapped_kinds(in.targets), out);
  for (const std::string& note : out.notes) context.log.warn(note);
  return out;
}

}  // namespace phreatic::studies::recharge
