// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/damped_anomaly.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kFewestPairs = 10;
constexpr double kPriorYears = 6;

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

// y_hat at every step; damping(d, s) gives rho, s the step of the last observation.
template <class Rho>
std::vector<double> damped_forecast(const std::vector<double>& usual, std::span<const double> known,
                                    std::size_t lag, const Rho& damping) {
  std::vector<double> simulated(usual.size(), kUndefined);
  std::size_t last = usual.size();  // none yet
  for (std::size_t t = lag; t < simulated.size(); ++t) {
    if (!std::isnan(known[t - lag] - usual[t - lag])) last = t - lag;
    if (last != usual.size()) simulated[t] = usual[t] + damping(t - last, last) * (known[last] - usual[last]);
  }
  return simulated;
}

std::vector<double> anomalies(std::span<const double> known, const std::vector<double>& usual) {
  std::vector<double> anomaly(usual.size());
  for (std::size_t t = 0; t < anomaly.size(); ++t) anomaly[t] = known[t] - usual[t];
  return anomaly;
}

using Terms = Eigen::Vector3d;

Terms season_terms(int day) {
  const double phase = 2 * std::numbers::pi * (day - 1) / 365;
  return {1, std::cos(phase), std::sin(phase)};
}

// What a unit of anomaly misses at that distance, in the same unit.
double unexplained(double rho) { return std::sqrt(std::max(0.0, 1 - rho * rho)); }

// Normal equations of the season at one distance.
struct SeasonSums {
  Eigen::Matrix3d squares = Eigen::Matrix3d::Zero();
  Terms products = Terms::Zero();
};

void add_pairs(const std::vector<double>& anomaly, const std::vector<Terms>& terms, double rho,
               std::size_t distance, SeasonSums& sums) {
  const double scale = unexplained(rho);
  if (scale < 1e-3) return;  // nothing is missed
  for (std::size_t t = distance; t < anomaly.size(); ++t) {
    const double before = anomaly[t - distance];
    const double missed = (anomaly[t] - rho * before) / scale;
    if (std::isnan(missed)) continue;
    const Terms row = before * terms[t - distance];
    sums.squares += row * row.transpose();
    sums.products += missed * row;
  }
}

// Divided by their root mean square; all 0 where that is 0.
void standardise(std::vector<double>& anomaly) {
  double squares = 0;
  double count = 0;
  for (const double a : anomaly) {
    if (std::isnan(a)) continue;
    squares += a * a;
    ++count;
  }
  const double rms = count > 0 ? std::sqrt(squares / count) : 0;
  for (double& a : anomaly) a = rms > 0 ? a / rms : a * 0;
}

}  // namespace

double DampedAnomaly::damping(std::size_t distance, int day) const {
  const double mean = distance < rho.size() ? rho[distance] : 0.0;
  if (distance >= season.size()) return mean;
  const auto& g = season[distance];
  return std::clamp(mean + unexplained(mean) * season_terms(day).dot(Terms(g[0], g[1], g[2])), 0.0, 1.0);
}

BaselineResult damped_anomaly_baseline(const BaselineData& data, std::size_t lag,
                                       const ClimatologyParams& climatology) {
  PHREATIC_ASSERT(data.target.size() == data.axis.size() && lag >= 1);
  const std::vector<double> usual = climatology_baseline(data, climatology).simulated;
  const std::vector<double> anomaly = anomalies(data.target, usual);
  std::map<std::size_t, Damping> dampings;  // by distance: gaps make the last observation older than lag
  std::vector<double> simulated =
      damped_forecast(usual, data.target, lag, [&](std::size_t distance, std::size_t) {
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

DampingSeason fit_damping_season(const core::TimeAxis& axis, std::span<const DampedAnomaly> models,
                                 const std::vector<std::vector<double>>& known, std::size_t farthest) {
  PHREATIC_ASSERT(models.size() == known.size());
  const std::vector<int> days = days_of_year(axis);
  std::vector<Terms> terms;
  for (const int day : days) terms.push_back(season_terms(day));
  std::vector<SeasonSums> sums(farthest + 1);
  for (std::size_t i = 0; i < models.size(); ++i) {
    std::vector<double> anomaly = anomalies(known[i], expand(models[i].usual, days));
    standardise(anomaly);
    for (std::size_t d = 1; d <= farthest && d < anomaly.size(); ++d) {
      const double rho = d < models[i].rho.size() ? models[i].rho[d] : 0.0;
      add_pairs(anomaly, terms, rho, d, sums[d]);
    }
  }
  const double prior = kPriorYears * steps_per_year(axis);
  DampingSeason season(farthest + 1, {0, 0, 0});
  for (std::size_t d = 1; d <= farthest; ++d) {
    const Terms g = (sums[d].squares + prior * Eigen::Matrix3d::Identity()).ldlt().solve(sums[d].products);
    season[d] = {g[0], g[1], g[2]};
  }
  return season;
}

std::vector<double> damped_anomaly_forecast(const DampedAnomaly& model, const core::TimeAxis& axis,
                                            std::span<const double> known, std::size_t lag) {
  PHREATIC_ASSERT(known.size() == axis.size() && lag >= 1);
  const std::vector<int> days = days_of_year(axis);
  return damped_forecast(
      expand(model.usual, days), known, lag,
      [&](std::size_t distance, std::size_t issued) { return model.damping(distance, days[issued]); });
}

}  // namespace phreatic::stats
