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

}  // namespace

BaselineResult damped_anomaly_baseline(const BaselineData& data, std::size_t lag,
                                       const ClimatologyParams& climatology) {
  PHREATIC_ASSERT(data.target.size() == data.axis.size() && lag >= 1);
  const std::vector<double> usual = climatology_baseline(data, climatology).simulated;
  std::vector<double> anomaly(usual.size());
  for (std::size_t t = 0; t < anomaly.size(); ++t) anomaly[t] = data.target[t] - usual[t];
  std::map<std::size_t, Damping> dampings;  // by distance: gaps make the last observation older than lag
  std::vector<double> simulated(usual.size(), kUndefined);
  std::size_t last = usual.size();  // none yet
  for (std::size_t t = lag; t < simulated.size(); ++t) {
    if (!std::isnan(anomaly[t - lag])) last = t - lag;
    if (last == usual.size()) continue;
    const std::size_t distance = t - last;
    auto found = dampings.find(distance);
    if (found == dampings.end()) {
      found = dampings.emplace(distance, damping_at(anomaly, data.train, distance)).first;
    }
    simulated[t] = usual[t] + found->second.rho * anomaly[last];
  }
  const Damping at_lag = damping_at(anomaly, data.train, lag);
  const nlohmann::ordered_json description{
      {"model", "damped_anomaly"}, {"lag_steps", lag}, {"rho", at_lag.rho}, {"training_pairs", at_lag.pairs}};
  return {"damped_anomaly", std::move(simulated), description.dump()};
}

}  // namespace phreatic::stats
