// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/surrogates/tree_surrogate.hpp"

#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/trees/files/model_file.hpp"
#include "phreatic/trees/forest.hpp"
#include "phreatic/trees/training/library.hpp"
#include "phreatic/trees/training/train.hpp"
#include "phreatic/trees/training/tuning.hpp"
#include "phreatic/trees/treeshap.hpp"

namespace phreatic::studies::recharge {
namespace {

trees::Table table_of(const std::vector<std::string>& names, const stats::Columns& x) {
  trees::Table table{names, x.empty() ? 0 : x.front().size(), {}};
  for (std::size_t i = 0; i < table.rows; ++i) {
    for (const auto& column : x) table.values.push_back(static_cast<float>(column[i]));
  }
  return table;
}

class TreeSurrogate final : public Surrogate {
 public:
  explicit TreeSurrogate(trees::Booster booster)
      : booster_(std::move(booster)), forest_(booster_), inputs_(booster_.feature_names) {}

  const std::vector<std::string>& inputs() const override { return inputs_; }

  std::vector<double> predict(const stats::Columns& x) const override {
    const trees::Table table = table_of(inputs_, x);
    std::vector<float> margins(table.rows);
    forest_.margins(table.rows, table.values.data(), margins.data());
    return {margins.begin(), margins.end()};
  }

  Explanation explain(const stats::Columns& x) const override {
    const trees::Table table = table_of(inputs_, x);
    const trees::TreeExplainer explainer(booster_);
    std::vector<double> values(table.rows * inputs_.size());
    explainer.contributions(table.rows, table.values.data(), values.data());
    Explanation out{explainer.base(), stats::Columns(inputs_.size())};
    for (std::size_t i = 0; i < table.rows; ++i) {
      for (std::size_t j = 0; j < inputs_.size(); ++j)
        out.values[j].push_back(values[i * inputs_.size() + j]);
    }
    return out;
  }

  std::string text() const override { return trees::to_json_model(booster_); }

 private:
  trees::Booster booster_;
  trees::Forest forest_;
  std::vector<std::string> inputs_;
};

}  // namespace

bool trees_available() { return trees::xgboost_available(); }

trees::TrainParams tree_defaults(std::uint64_t seed) {
  trees::TrainParams params;
  params.n_estimators = 300;
  params.max_depth = 4;
  params.subsample = 0.8;
  params.seed = seed;
  return params;
}

SurrogatePtr fit_trees(const Samples& samples, const trees::TrainParams& params) {
  core::Log quiet(true);
  core::Context context{quiet, false};
  return std::make_shared<TreeSurrogate>(
      trees::train(table_of(samples.inputs, samples.x), samples.y, params, context));
}

TreeSearch search_trees(const Samples& samples, const TuningParams& p, std::uint64_t seed,
                        core::Context& context) {
  trees::TuneParams tune;
  tune.samples = p.samples;
  tune.mode = p.mode;
  tune.seed = seed;
  tune.folds = {p.folds, p.repeats, seed};
  const trees::Tuning found = trees::tune(table_of(samples.inputs, samples.x), samples.y, tree_defaults(seed),
                                          tune, trees::ScoreScale::target, {}, context);
  return {found.candidates[found.best].params, found.candidates[found.best].mean(), found.fits,
          found.all_fits};
}

SurrogatePtr read_trees(const std::string& text, const std::string& file) {
  trees::Booster booster = trees::parse_model(text, file);
  if (booster.feature_names.empty())
    throw core::InputError({.file = file, .what = "has no names of its inputs"});
  return std::make_shared<TreeSurrogate>(std::move(booster));
}

}  // namespace phreatic::studies::recharge
