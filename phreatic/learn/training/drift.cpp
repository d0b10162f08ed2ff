// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/training/drift.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "phreatic/core/errors.hpp"

namespace phreatic::learn {
namespace {

constexpr std::size_t kFewestObservations = 40;
constexpr std::size_t kFewestEntities = 3;
constexpr double kOutside = 0.5;
constexpr double kTrend = 0.6;

double share_outside(std::span<const double> part, std::span<const double> others) {
  const auto [low, high] = std::minmax_element(others.begin(), others.end());
  const auto outside =
      std::count_if(part.begin(), part.end(), [&](double v) { return v < *low || v > *high; });
  return static_cast<double>(outside) / static_cast<double>(part.size());
}

double line_r2(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += x[i] / n;
    mean_y += y[i] / n;
  }
  double xx = 0;
  double xy = 0;
  double yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
  }
  return xx > 0 && yy > 0 ? xy * xy / (xx * yy) : 0;
}

// [entity][step]: whether a window scores it.
std::vector<std::vector<bool>> scored_steps(const SeriesSet& set, const WindowSplit& windows) {
  std::vector<std::vector<bool>> scored;
  for (const Series& series : set.entities) scored.emplace_back(series.length, false);
  for (const auto* list : {&windows.training, &windows.validation}) {
    for (const Window& w : *list) {
      for (std::size_t t = w.first + w.warmup; t < w.first + w.length; ++t) scored[w.entity][t] = true;
    }
  }
  return scored;
}

}  // namespace

Drift drift_of(const std::vector<double>& steps, const std::vector<double>& values) {
  PHREATIC_ASSERT(steps.size() == values.size());
  Drift drift;
  const std::size_t n = values.size();
  if (n < kFewestObservations) return drift;
  const std::span<const double> all(values);
  const std::size_t quarter = n / 4;
  drift.outside = std::max(share_outside(all.first(quarter), all.subspan(quarter)),
                           share_outside(all.last(quarter), all.first(n - quarter)));
  drift.trend = line_r2(steps, values);
  return drift;
}

std::vector<Drift> drifting_entities(const SeriesSet& set, const WindowSplit& windows) {
  const auto scored = scored_steps(set, windows);
  std::vector<Drift> drifting;
  std::size_t observed = 0;
  for (std::size_t e = 0; e < set.entities.size(); ++e) {
    bool any = false;
    for (std::size_t k = 0; k < set.targets.size(); ++k) {
      const Target& target = set.targets[k];
      std::vector<double> steps;
      std::vector<double> values;
      for (std::size_t t = 0; t < scored[e].size(); ++t) {
        const double y = set.entities[e].targets[t * set.targets.size() + k];
        if (!scored[e][t] || std::isnan(y)) continue;
        steps.push_back(static_cast<double>(t));
        values.push_back(y);
      }
      any = any || !values.empty();
      if (!target.anchor.empty() || target.anchored_by_lead) continue;
      Drift drift = drift_of(steps, values);
      if (drift.outside < kOutside && drift.trend < kTrend) continue;
      drift.entity = set.entities[e].name;
      drift.target = target.name;
      drifting.push_back(std::move(drift));
    }
    observed += any ? 1 : 0;
  }
  if (observed < kFewestEntities) drifting.clear();
  return drifting;
}

TrainingParams without_auto(TrainingParams params, bool drifting) {
  if (params.validation_score == ValidationScore::automatic)
    params.validation_score = drifting ? ValidationScore::bounded : ValidationScore::pooled;
  if (params.entity_weights == EntityWeights::automatic)
    params.entity_weights = drifting ? EntityWeights::robust : EntityWeights::equal;
  return params;
}

std::vector<double> factors_of(const std::vector<Drift>& drifting, const SeriesSet& set) {
  std::vector<double> factors(set.entities.size(), 1.0);
  for (const Drift& d : drifting) {
    for (std::size_t e = 0; e < factors.size(); ++e) {
      if (set.entities[e].name == d.entity) factors[e] = 0;
    }
  }
  const auto zeros = static_cast<std::size_t>(std::count(factors.begin(), factors.end(), 0.0));
  if (zeros == 0 || 2 * zeros >= factors.size()) factors.clear();
  return factors;
}

std::string drift_text(const std::vector<Drift>& drifting) {
  std::string text;
  for (const Drift& d : drifting)
    text += fmt::format(
        "{}{} ({:.0f} % of the first or last quarter of its observations lie outside the range "
        "of the others, a straight line explains {:.0f} % of the variance)",
        text.empty() ? "" : ", ", d.entity, 100 * d.outside, 100 * d.trend);
  return text;
}

}  // namespace phreatic::learn
