// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "phreatic/studies/recharge/scores.hpp"
#include "phreatic/studies/recharge/tree_surrogate.hpp"

namespace phreatic::studies::recharge {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kYield = "specific_yield";

// Sites with a value of the target, as samples; `index` [rows] says which site a row is.
struct TargetSamples {
  Samples samples;
  std::vector<std::size_t> index;
};

TargetSamples samples_of(const Table& features, const Table& targets, const std::string& target,
                         bool with_yield) {
  TargetSamples out;
  for (const TableColumn& column : features.columns) {
    if (is_input_of(column.name, target) && (with_yield || column.name != kYield))
      out.samples.inputs.push_back(column.name);
  }
  out.samples.x.resize(out.samples.inputs.size());
  for (std::size_t i = 0; i < targets.ids.size(); ++i) {
    const double value = targets.numbers(target)[i];
    if (!(value > 0)) continue;
    for (std::size_t j = 0; j < out.samples.inputs.size(); ++j)
      out.samples.x[j].push_back(features.numbers(out.samples.inputs[j])[i]);
    out.samples.y.push_back(std::log10(value));
    out.index.push_back(i);
  }
  return out;
}

std::vector<std::size_t> rows_among(const std::vector<std::size_t>& index,
                                    const std::vector<std::size_t>& sites) {
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < index.size(); ++row) {
    if (std::binary_search(sites.begin(), sites.end(), index[row])) rows.push_back(row);
  }
  return rows;
}

// Predictions of the folds' test rows by models trained on their train rows, [sites]; NaN elsewhere.
std::vector<double> predict_folds(const std::string& kind, const TargetSamples& all,
                                  const std::vector<Fold>& folds, std::size_t sites, std::uint64_t seed) {
  std::vector<double> out(sites, kMissing);
  for (const Fold& fold : folds) {
    const auto train = rows_among(all.index, fold.train);
    const auto test = rows_among(all.index, fold.test);
    if (train.size() <= all.samples.inputs.size() + 1 || test.empty()) continue;
    const SurrogatePtr model = fit_surrogate(kind, rows_of(all.samples, train), seed);
    const auto predicted = model->predict(columns_of(rows_of(all.samples, test), model->inputs()));
    for (std::size_t i = 0; i < test.size(); ++i) out[all.index[test[i]]] = predicted[i];
  }
  return out;
}

// [sites] log10 of the target; NaN without.
std::vector<double> logs_of(const Table& targets, const std::string& column) {
  std::vector<double> out;
  for (const double v : targets.numbers(column)) out.push_back(v > 0 ? std::log10(v) : kMissing);
  return out;
}

SigmaChoice choose_sigma(const TrainingInput& in, const FeatureParams& features, const SurrogateParams& p,
                         const std::string& kind, const std::vector<std::size_t>& train) {
  SigmaChoice out;
  double best = -std::numeric_limits<double>::infinity();
  const auto folds = random_folds(train, p.folds, p.seed);
  for (const double sigma : features.sigmas_m) {
    const Table table = site_features(in.ground, in.sites, smoothed(in.ground, in.maps, sigma));
    const auto score = [&](const std::string& target) {
      const auto all = samples_of(table, in.targets, target, true);
      return stats::nse(logs_of(in.targets, target),
                        predict_folds(kind, all, folds, in.sites.size(), p.seed));
    };
    out.scores.push_back({sigma, score("s0_m3"), score("k_per_day")});
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
  bool with_yield = true;
};

std::vector<Variant> variants(const SurrogateParams& p, const Table& features) {
  std::vector<Variant> out;
  for (const std::string& kind : p.models) out.push_back({kind, kind, true});
  if (features.has(kYield) && p.models.back() != "rate-area")
    out.push_back({p.models.back() + " without specific yield", p.models.back(), false});
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

void train_target(const TrainingInput& in, const SurrogateParams& p, const TargetKind& target,
                  const Fold& random, const std::vector<Fold>& blocks, Training& out) {
  const auto logs = logs_of(in.targets, target.column);
  std::vector<std::size_t> everyone(in.sites.size());
  std::iota(everyone.begin(), everyone.end(), std::size_t{0});
  for (const Variant& variant : variants(p, out.features)) {
    const auto all = samples_of(out.features, in.targets, target.column, variant.with_yield);
    if (all.samples.rows() <= all.samples.inputs.size() + 1) continue;
    TrainedModel model{
        variant.name, target.column, fit_surrogate(variant.kind, all.samples, p.seed), 1, {}, {}};
    const auto left_out =
        predict_folds(variant.kind, all, random_folds(everyone, p.folds, p.seed), in.sites.size(), p.seed);
    model.smearing = smearing_factor(logs, left_out);
    model.random_test = predict_folds(variant.kind, all, {random}, in.sites.size(), p.seed);
    model.blocked = predict_folds(variant.kind, all, blocks, in.sites.size(), p.seed);
    const ScoreInput scored{in.sites, in.targets, target, in.recharge_days};
    append_scores(out.metrics, scored, variant.name, "random", model.random_test, model.smearing);
    append_scores(out.metrics, scored, variant.name, "blocks", model.blocked, model.smearing);
    out.models.push_back(std::move(model));
  }
}

// A surrogate that says less than the mean of the sites, where it has not been: maps and ranks of it are no guide.
void warn_of_no_skill(const SurrogateParams& p, Training& out) {
  for (const stats::MetricRow& row : out.metrics) {
    if (row.model != p.models.back() || row.period != "blocks" || row.metric != "R2" || !(row.value < 0))
      continue;
    out.notes.push_back(fmt::format(
        "in spatial blocks that it has not seen the surrogate '{}' of {} is worse than the mean of "
        "the sites (R2 {:.2f}): do not use its maps and ranks without more sites or other inputs",
        row.model, row.variable, row.value));
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

bool is_input_of(const std::string& input, const std::string& target_column) {
  if (input == "wet_depth") return target_column != "k_per_day";
  if (input == "dry_depth") return target_column == "k_per_day";
  return true;
}

Training train_surrogates(const TrainingInput& in, const FeatureParams& features,
                          const SurrogateParams& params, core::Context& context) {
  Training out;
  const SurrogateParams p = trainable(params, out.notes);
  const Fold random = random_split(in.sites.size(), p.test_share, p.seed);
  out.random_train = random.train.size();
  out.random_test = random.test.size();
  out.sigma = choose_sigma(in, features, p, p.models.back(), random.train);
  out.features = site_features(in.ground, in.sites, smoothed(in.ground, in.maps, out.sigma.sigma_m));
  const auto& s0 = in.targets.numbers("s0_m3");
  const auto there =
      static_cast<std::size_t>(std::count_if(s0.begin(), s0.end(), [](double v) { return v > 0; }));
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
    if (fold.train.size() <= out.inputs.size() + 1)
      out.notes.push_back(
          fmt::format("a spatial block leaves only {} sites outside of its buffer to train on: its {} sites "
                      "are not predicted",
                      fold.train.size(), fold.test.size()));
  }
  for (const TargetKind& target : target_kinds(in.targets)) train_target(in, p, target, random, blocks, out);
  warn_of_no_skill(p, out);
  for (const std::string& note : out.notes) context.log.warn(note);
  return out;
}

}  // namespace phreatic::studies::recharge
