// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/models/validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/context.hpp"
#include "phreatic/studies/downscaling/models/combination.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

bool any_missing(const std::vector<double>& values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
}

}  // namespace

Validation::Validation(const Inputs& inputs, const Samples& samples, const ModelParams& params,
                       core::Context& context, Downscaled& out)
    : in_(inputs),
      s_(samples),
      p_(params),
      context_(context),
      out_(out),
      schemes_(make_schemes(inputs, samples.at, params, out.warned)) {}

const std::vector<Predictor>* Validation::parts(const std::string& model, const Scheme& scheme) const {
  const auto found = parts_.find({model, scheme.name});
  return found == parts_.end() ? nullptr : &found->second;
}

const DetailFit* Validation::detail(const std::string& model) const {
  const auto found = detail_.find(model);
  return found == detail_.end() || std::isnan(found->second.left) ? nullptr : &found->second;
}

double Validation::weight_of(const std::string& model) const {
  const auto found = detail_.find(model);
  return found == detail_.end() ? 1 : found->second.weight;
}

void Validation::add_score(const std::string& model, const std::string& scheme,
                           const std::vector<double>& value) {
  const Rows& rows = s_.rows;
  double errors = 0, all = 0, mean = 0;
  for (const double y : rows.y) mean += y / static_cast<double>(rows.count);
  for (std::size_t i = 0; i < rows.count; ++i) {
    errors += std::pow(value[i] - rows.y[i], 2);
    all += std::pow(rows.y[i] - mean, 2);
  }
  out_.coarse.push_back(
      {model, scheme, std::sqrt(errors / static_cast<double>(rows.count)), 1 - errors / all, rows.count});
}

void Validation::score_held(const std::string& model, const Scheme& scheme) {
  const auto& held = held_.at({model, scheme.name});
  add_score(model, scheme.name, held);
  if (&scheme != &schemes_.front()) return;
  detail_[model] = fit_detail(in_, s_.at, s_.rows.y, held);
  out_.said.push_back(
      fmt::format("model {}: {:.2f} of its detail is taken, as it explains detail one scale up", model,
                  detail_[model].weight));
}

void Validation::hold_out(const Model& model, const Scheme& scheme) {
  std::vector<double> held(s_.rows.count, kMissing);
  auto& parts = parts_[{model.name, scheme.name}];
  for (std::size_t k = 0; k < scheme.parts; ++k) {
    core::throw_if_interrupted();
    std::vector<std::size_t> training, test;
    for (std::size_t i = 0; i < s_.rows.count; ++i)
      (scheme.part(s_.at[i]) == k ? test : training).push_back(i);
    if (test.empty() || training.size() < 10 * s_.rows.names.size()) {
      parts.emplace_back();
      continue;
    }
    parts.push_back(model.fit(select(s_.rows, training), p_.seed, context_));
    const auto values = parts.back()(select(s_.rows, test));
    for (std::size_t i = 0; i < test.size(); ++i) held[test[i]] = values[i];
  }
  if (any_missing(held)) {
    out_.warned.push_back(
        fmt::format("model {}: too few rows for validation by {}", model.name, scheme.name));
    parts_.erase({model.name, scheme.name});
    return;
  }
  held_[{model.name, scheme.name}] = std::move(held);
  score_held(model.name, scheme);
}

Predictor Validation::validate(const Model& model) {
  const Predictor all = model.fit(s_.rows, p_.seed, context_);
  add_score(model.name, "training", all(s_.rows));
  for (const Scheme& scheme : schemes_) hold_out(model, scheme);
  return all;
}

std::vector<double> Validation::Held::weights(const std::function<bool(std::size_t)>& use) const {
  std::vector<const std::vector<double>*> each;
  for (const auto& v : values) each.push_back(&v);
  return combination_weights(each, observed, use);
}

Validation::Held Validation::held_of(const std::map<std::string, Predictor>& fitted) const {
  Held held;
  for (const std::string& name : p_.methods) {
    const bool known = std::all_of(schemes_.begin(), schemes_.end(), [&](const Scheme& s) {
      return s.name == "random" || held_.contains({name, s.name});
    });
    if (known && fitted.contains(name)) held.names.push_back(name);
  }
  held.values.resize(held.names.size());
  for (const Scheme& scheme : schemes_) {
    if (scheme.name == "random") continue;
    held.observed.insert(held.observed.end(), s_.rows.y.begin(), s_.rows.y.end());
    for (std::size_t k = 0; k < held.names.size(); ++k) {
      const auto& values = held_.at({held.names[k], scheme.name});
      held.values[k].insert(held.values[k].end(), values.begin(), values.end());
    }
  }
  return held;
}

void Validation::hold_out_combined(const Held& held, const Scheme& scheme) {
  std::vector<double> value(s_.rows.count, kMissing);
  std::vector<Predictor> parts;
  for (std::size_t k = 0; k < scheme.parts; ++k) {
    const auto weights =
        held.weights([&](std::size_t i) { return scheme.part(s_.at[i % s_.rows.count]) != k; });
    std::vector<Predictor> each;
    for (const std::string& name : held.names) {
      const auto* of_model = this->parts(name, scheme);
      if (of_model != nullptr && of_model->at(k)) each.push_back(of_model->at(k));
    }
    if (each.size() < held.names.size()) {
      parts.emplace_back();
      continue;
    }
    parts.push_back(combined(std::move(each), weights));
    for (std::size_t i = 0; i < s_.rows.count; ++i) {
      if (scheme.part(s_.at[i]) != k) continue;
      value[i] = 0;
      for (std::size_t m = 0; m < held.names.size(); ++m)
        value[i] += weights[m] * held_.at({held.names[m], scheme.name})[i];
    }
  }
  if (any_missing(value)) return;
  parts_[{kCombined, scheme.name}] = std::move(parts);
  held_[{kCombined, scheme.name}] = std::move(value);
  score_held(kCombined, scheme);
}

Predictor Validation::combine(const std::map<std::string, Predictor>& fitted) {
  const Held held = held_of(fitted);
  if (held.names.size() < 2) {
    out_.warned.push_back(
        "the models are not combined: fewer than two could be held out by blocks and by years");
    return {};
  }
  for (const Scheme& scheme : schemes_) hold_out_combined(held, scheme);
  const auto weights = held.weights([](std::size_t) { return true; });
  std::vector<Predictor> each;
  std::string text;
  for (std::size_t k = 0; k < held.names.size(); ++k) {
    each.push_back(fitted.at(held.names[k]));
    out_.weights.emplace_back(held.names[k], weights[k]);
    text += fmt::format("{}{} {:.2f}", k == 0 ? "" : ", ", held.names[k], weights[k]);
  }
  out_.said.push_back("the models combined, by their errors on held-out blocks and years: " + text);
  Predictor all = combined(std::move(each), weights);
  add_score(kCombined, "training", all(s_.rows));
  return all;
}

std::string Validation::best() {
  const std::string& by = first().name;
  std::string best;
  double least = INFINITY;
  for (const CoarseScore& s : out_.coarse) {
    if (s.scheme != by) continue;
    const DetailFit* found = detail(s.model);
    const double left = found != nullptr ? found->left : s.rmse;
    if (!(left < least)) continue;
    least = left;
    best = s.model;
  }
  if (best.empty()) best = p_.methods.front();
  out_.said.push_back(
      detail(best) != nullptr
          ? fmt::format(
                "the result is of the model {}: held out by {}, it leaves least of the detail one scale up "
                "unexplained (that is another measure than the errors of coarse cells)",
                best, by)
          : fmt::format("the result is of the model {}, which has the smallest error in validation by {}",
                        best, by));
  return best;
}

}  // namespace phreatic::studies::downscaling
