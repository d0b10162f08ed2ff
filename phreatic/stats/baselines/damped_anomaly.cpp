// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/damped_anomaly.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kFewestPairs = 10;

struct Damping {
  double rho = 0;
  std::size_t pairs = 0;
};

Damping damping_at(const std::vector<double>& anomaly, core::StepRange train, std::size_t distance) {
  Damping d;
  double products = 0;
  double squares = 0;
  for (std::size_t t = train.begin + distance; t < train.end; ++t) {
    const double before = anomaly[t - distance];
    if (std::isnan(before) || std::isnan(anomaly[t])) continue;
    products += anomaly[t] * before;
    squares += before * before;
    ++d.pairs;
  }
  if (d.pairs >= kFewestPairs && squares > 0) d.rho = std::clamp(products / squares, 0.0, 1.0);
  return d;
}

// y_hat at every step; damping(d) gives rho.
template <class Rho>
std::vector<double> damped_forecast(const std::vector<double>& usual, std::span<const double> known,
                                    std::size_t lag, const Rho& damping) {
  std::vector<double> simulated(usual.size(), kUndefined);
  std::size_t last = usual.size();  // none yet
  for (std::size_t t = lag; t < simulated.size(); ++t) {
    if (!std::isnan(known[t - lag] - usual[t - lag])) last = t - lag;
    if (last != usual.size()) simulated[t] = usual[t] + damping(t - last) * (known[last] - usual[last]);
  }
  return simulated;
}

std::vector<double> anomalies(std::span<const double> known, const std::vector<double>& usual) {
  std::vector<double> anomaly(usual.size());
  for (std::size_t t = 0; t < anomaly.size(); ++t) anomaly[t] = known[t] - usual[t];
  return anomaly;
}

}  // namespace

BaselineResult damped_anomaly_baseline(const BaselineData& data, std::size_t lag,
                                       const ClimatologyParams& climatology) {
  PHREATIC_ASSERT(data.target.size() == data.axis.size() && lag >= 1);
  const std::vector<double> usual = climatology_baseline(data, climatology).simulated;
  const std::vector<double> anomaly = anomalies(data.target, usual);
  std::map<std::size_t, Damping> dampings;  // by distance: gaps make the last observation older than lag
  std::vector<double> simulated = damped_forecast(usual, data.target, lag, [&](std::size_t distance) {
    auto found = dampings.find(distance);
    if (found == dampings.end()) {
      found = dampings.emplace(distance, damping_at(anomaly, data.train, distance)).first;
    }
    return found->second.rho;
  });
  const Damping at_lag = damping_at(anomaly, data.train, lag);
  const nlohmann::ordered_json description{
      {"model", "damped_anomaly"}, {"lag_steps", lag}, {"rho", at_lag.rho}, {"training_pairs", at_lag.pairs}};
  return {"damped_anomaly", std::move(simulated), description.dump()};
}

DampedAnomaly fit_damped_anomaly(const core::TimeAxis& axis, std::span<const double> known,
                                 std::size_t farthest, const ClimatologyParams& climatology) {
  PHREATIC_ASSERT(known.size() == axis.size());
  const std::vector<int> days = days_of_year(axis);
  DampedAnomaly model;
  model.usual = climatology.kind == ClimatologyKind::window
                    ? seasonal_mean(known, days, climatology.half_width_days)
                    : seasonal_harmonics(known, days, climatology.harmonics);
  const std::vector<double> anomaly = anomalies(known, expand(model.usual, days));
  for (std::size_t d = 0; d <= farthest; ++d) {
    model.rho.push_back(d < known.size() ? damping_at(anomaly, {0, known.size()}, d).rho : 0.0);
  }
  return model;
}

std::vector<double> damped_anomaly_forecast(const DampedAnomaly& model, const core::TimeAxis& axis,
                                            std::span<const double> known, std::size_t lag) {
  PHREATIC_ASSERT(known.size() == axis.size() && lag >= 1);
  return damped_forecast(expand(model.usual, days_of_year(axis)), known, lag,
                         [&](std::size_t distance) { return model.damping(distance); });
}

}  // namespace phreatic::stats
