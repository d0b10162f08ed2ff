// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/surrogates/surrogate.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/recharge/surrogates/additive_surrogate.hpp"
#include "phreatic/studies/recharge/surrogates/tree_surrogate.hpp"

namespace phreatic::studies::recharge {
namespace {

using nlohmann::json;

// log10 y = intercept + sum_j slope_j x_j. Shapley values of a linear function of inputs taken as independent:
// slope_j (x_j - mean of x_j over the training rows).
class LinearSurrogate final : public Surrogate {
 public:
  // coefficients: the slopes, then the intercept.
  LinearSurrogate(std::vector<std::string> inputs, std::vector<double> coefficients,
                  std::vector<double> means)
      : inputs_(std::move(inputs)), coefficients_(std::move(coefficients)), means_(std::move(means)) {}

  const std::vector<std::string>& inputs() const override { return inputs_; }

  std::vector<double> predict(const stats::Columns& x) const override {
    std::vector<double> out(x.front().size(), coefficients_.back());
    for (std::size_t j = 0; j < inputs_.size(); ++j) {
      for (std::size_t i = 0; i < out.size(); ++i) out[i] += coefficients_[j] * x[j][i];
    }
    return out;
  }

  Explanation explain(const stats::Columns& x) const override {
    Explanation out{stats::ols_value(coefficients_, means_.data()), {}};
    for (std::size_t j = 0; j < inputs_.size(); ++j) {
      std::vector<double> values;
      for (const double v : x[j]) values.push_back(coefficients_[j] * (v - means_[j]));
      out.values.push_back(std::move(values));
    }
    return out;
  }

  std::string text() const override {
    return json{{"kind", "linear"},
                {"inputs", inputs_},
                {"intercept", coefficients_.back()},
                {"slopes", std::vector<double>(coefficients_.begin(), coefficients_.end() - 1)},
                {"means", means_}}
               .dump(1) +
           "\n";
  }

 private:
  std::vector<std::string> inputs_;
  std::vector<double> coefficients_;
  std::vector<double> means_;
};

SurrogatePtr fit_linear(const Samples& samples, const std::vector<std::string>& inputs) {
  const stats::Columns x = columns_of(samples, inputs);
  std::vector<double> means;
  for (const auto& column : x) means.push_back(stats::mean(column));
  return std::make_shared<LinearSurrogate>(inputs, stats::ols(x, samples.y).coefficients, means);
}

// The adjoint's own answer, with nothing learnt: S = 10^response x rate x area x days, k = 10^decay. constant: log10 of the
// days times 1e-3 m/mm times 1e6 m2/km2; NaN: of the decay.
SurrogatePtr fixed_adjoint(const Samples& samples, double constant) {
  std::vector<double> coefficients;
  std::vector<double> means;
  std::vector<std::string> inputs;
  if (std::isnan(constant)) {
    inputs = {"adjoint_decay"};
    coefficients = {1, 0};
  } else {
    inputs = {"rate", "area", "adjoint_response"};
    coefficients = {1, 1, 1, constant};
  }
  for (const auto& column : columns_of(samples, inputs)) means.push_back(stats::mean(column));
  return std::make_shared<LinearSurrogate>(inputs, coefficients, means);
}

}  // namespace

Samples rows_of(const Samples& samples, const std::vector<std::size_t>& rows) {
  Samples out{samples.inputs, stats::Columns(samples.x.size()), {}, samples.adjoint_constant};
  for (const std::size_t row : rows) {
    for (std::size_t j = 0; j < samples.x.size(); ++j) out.x[j].push_back(samples.x[j][row]);
    out.y.push_back(samples.y[row]);
  }
  return out;
}

stats::Columns columns_of(const Samples& from, const std::vector<std::string>& wanted) {
  stats::Columns out;
  for (const std::string& name : wanted) {
    const auto found = std::find(from.inputs.begin(), from.inputs.end(), name);
    PHREATIC_ASSERT(found != from.inputs.end());
    out.push_back(from.x[static_cast<std::size_t>(found - from.inputs.begin())]);
  }
  return out;
}

SurrogatePtr fit_surrogate(const std::string& kind, const Samples& samples, const FitParams& params) {
  PHREATIC_ASSERT(samples.rows() > 0);
  if (kind == "log-linear") return fit_linear(samples, samples.inputs);
  if (kind == "trees") return fit_trees(samples, params.trees.value_or(tree_defaults(params.seed)));
  if (kind == "gam") return fit_additive(samples);
  if (kind == "adjoint") return fixed_adjoint(samples, samples.adjoint_constant);
  PHREATIC_ASSERT(kind == "rate-area");
  std::vector<std::string> inputs;
  for (const std::string& name : samples.inputs) {
    if (name == "rate" || name == "area") inputs.push_back(name);
  }
  return fit_linear(samples, inputs);
}

SurrogatePtr read_surrogate(const std::string& text, const std::string& file) {
  const json j = json::parse(text, nullptr, false);
  if (j.is_object() && j.contains("learner")) return read_trees(text, file);
  if (j.is_object() && j.value("kind", "") == "additive") return read_additive(text, file);
  if (!j.is_object() || j.value("kind", "") != "linear")
    throw core::InputError({.file = file, .what = "is no surrogate of a recharge study"});
  auto coefficients = j.at("slopes").get<std::vector<double>>();
  coefficients.push_back(j.at("intercept").get<double>());
  return std::make_shared<LinearSurrogate>(j.at("inputs").get<std::vector<std::string>>(), coefficients,
                                           j.at("means").get<std::vector<double>>());
}

}  // namespace phreatic::studies::recharge
