// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/surrogates/additive_surrogate.hpp"

#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/regression/additive.hpp"

namespace phreatic::studies::recharge {
namespace {

using nlohmann::json;

class AdditiveSurrogate final : public Surrogate {
 public:
  AdditiveSurrogate(std::vector<std::string> inputs, stats::AdditiveFit fit)
      : inputs_(std::move(inputs)), fit_(std::move(fit)) {}

  const std::vector<std::string>& inputs() const override { return inputs_; }

  std::vector<double> predict(const stats::Columns& x) const override {
    std::vector<double> out(x.front().size(), fit_.intercept);
    for (std::size_t j = 0; j < inputs_.size(); ++j) {
      for (std::size_t i = 0; i < out.size(); ++i) out[i] += fit_.terms[j].value(x[j][i]);
    }
    return out;
  }

  // Terms have mean 0 over the training rows, so they are the Shapley values of inputs taken as independent.
  Explanation explain(const stats::Columns& x) const override {
    Explanation out{fit_.intercept, {}};
    for (std::size_t j = 0; j < inputs_.size(); ++j) {
      std::vector<double> values;
      for (const double v : x[j]) values.push_back(fit_.terms[j].value(v));
      out.values.push_back(std::move(values));
    }
    return out;
  }

  std::string text() const override {
    json terms = json::array();
    for (const stats::AdditiveTerm& t : fit_.terms)
      terms.push_back({{"low", t.low},
                       {"high", t.high},
                       {"lambda", t.lambda},
                       {"centre", t.centre},
                       {"coefficients", t.coefficients}});
    return json{{"kind", "additive"},
                {"inputs", inputs_},
                {"intercept", fit_.intercept},
                {"effective_degrees_of_freedom", fit_.edf},
                {"terms", terms}}
               .dump(1) +
           "\n";
  }

 private:
  std::vector<std::string> inputs_;
  stats::AdditiveFit fit_;
};

}  // namespace

SurrogatePtr fit_additive(const Samples& samples) {
  return std::make_shared<AdditiveSurrogate>(samples.inputs, stats::additive_fit(samples.x, samples.y));
}

SurrogatePtr read_additive(const std::string& text, const std::string& file) {
  const json j = json::parse(text, nullptr, false);
  if (!j.is_object() || !j.contains("terms") || !j.contains("inputs") ||
      j["terms"].size() != j["inputs"].size())
    throw core::InputError({.file = file, .what = "is no additive model of a recharge study"});
  stats::AdditiveFit fit;
  fit.intercept = j.at("intercept").get<double>();
  for (const json& t : j["terms"])
    fit.terms.push_back({t.at("low").get<double>(), t.at("high").get<double>(), t.at("lambda").get<double>(),
                         t.at("centre").get<double>(), t.at("coefficients").get<std::vector<double>>()});
  return std::make_shared<AdditiveSurrogate>(j["inputs"].get<std::vector<std::string>>(), fit);
}

}  // namespace phreatic::studies::recharge
