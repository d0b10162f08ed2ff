// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/transfer_function/transfer_function_evaluator.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/least_squares.hpp"

namespace phreatic::stats {
namespace {

using Key = std::vector<double>;

Key water_key(const TransferFunctionModel& m) {
  Key key;
  if (m.flex) {
    key = {m.flex->root_zone_mm, m.flex->conductivity_mm_per_day, m.flex->exponent,
           m.flex->evaporation_factor};
  }
  if (m.snow) key.insert(key.end(), {m.snow->melt_mm_per_day_degC, m.snow->threshold_degC});
  return key;
}

Key response_key(const Response& r) { return {r.n, r.a_days, r.b}; }

}  // namespace

LevelObservations observations_in(Series target, core::StepRange train) {
  LevelObservations result;
  result.mean_m = mean(slice(target, train));
  for (std::size_t t = train.begin; t < train.end; ++t) {
    if (!std::isnan(target[t])) result.values.push_back({t, target[t] - result.mean_m});
  }
  return result;
}

void whiten(const std::vector<LevelObservation>& observed, double step_days, double decay_days,
            std::vector<double>& values) {
  const std::size_t n = values.size();
  std::vector<double> keep(n, 1);   // 1 - exp(-2 Dt / alpha)
  std::vector<double> carry(n, 0);  // exp(-Dt / alpha)
  double log_sum = 0;
  for (std::size_t i = 1; i < n; ++i) {
    const double days = static_cast<double>(observed[i].step - observed[i - 1].step) * step_days;
    carry[i] = std::exp(-days / decay_days);
    keep[i] = -std::expm1(-2 * days / decay_days);
    log_sum += std::log(keep[i]);
  }
  const double norm = std::exp(0.5 * log_sum / static_cast<double>(n));
  for (std::size_t i = n; i-- > 0;) {
    const double before = i == 0 ? 0 : values[i - 1];
    values[i] = (values[i] - carry[i] * before) * norm / std::sqrt(keep[i]);
  }
}

TransferFunctionEvaluator::TransferFunctionEvaluator(const TransferFunctionInputs& inputs,
                                                     const TransferFunctionParams& params,
                                                     const LevelObservations& observations, bool flex,
                                                     std::size_t steps)
    : inputs_(inputs),
      params_(params),
      observations_(observations),
      rain_(!inputs.precipitation.empty()),
      factor_(rain_ && !flex && !inputs.evaporation.empty()),
      steps_(steps),
      convolver_(steps),
      others_(inputs.stresses.size()) {
  if (rain_) {
    water_spectrum_ = convolver_.add(anomaly_of(inputs.precipitation));
    nonnegative_.push_back(true);
  }
  if (factor_) {
    evaporation_ = anomaly_of(inputs.evaporation);
    evaporation_spectrum_ = convolver_.add(evaporation_);
    nonnegative_.push_back(true);
  }
  for (const StressInput& stress : inputs.stresses) {
    stresses_.push_back(anomaly_of(stress.values));
    stress_spectra_.push_back(convolver_.add(stresses_.back()));
    nonnegative_.push_back(stress.sign != StressSign::any);
  }
  nonnegative_.push_back(false);
}

double TransferFunctionEvaluator::mean_of(std::span<const double> x) const {
  const std::size_t n = inputs_.mean_until == 0 ? x.size() : std::min(inputs_.mean_until, x.size());
  return n == 0 ? 0
                : std::accumulate(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(n), 0.0) /
                      static_cast<double>(n);
}

std::vector<double> TransferFunctionEvaluator::anomaly_of(std::span<const double> x) const {
  const double m = mean_of(x);
  std::vector<double> a(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(steps_));
  for (double& v : a) v -= m;
  return a;
}

std::vector<double> TransferFunctionEvaluator::solve(TransferFunctionModel& m) {
  ++evaluations_;
  prepare({m});
  Columns z = columns_of(m);
  std::vector<double> y;
  y.reserve(observations_.values.size());
  for (const LevelObservation& o : observations_.values) y.push_back(o.level_m);
  if (!std::isnan(m.noise_decay_days)) {
    whiten(observations_.values, inputs_.step_days, m.noise_decay_days, y);
    for (auto& column : z) whiten(observations_.values, inputs_.step_days, m.noise_decay_days, column);
  }
  const std::vector<double> b = nonnegative_least_squares(z, y, nonnegative_);
  for (std::size_t j = 0; j < z.size(); ++j) {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] -= b[j] * z[j][i];
  }
  set_gains(m, b);
  return y;
}

std::vector<double> TransferFunctionEvaluator::at_observations(const std::vector<double>& series,
                                                               double factor) const {
  std::vector<double> column;
  column.reserve(observations_.values.size());
  for (const LevelObservation& o : observations_.values) column.push_back(factor * series[o.step]);
  return column;
}

std::vector<double> TransferFunctionEvaluator::convolved(const Response& r, const std::vector<double>& x,
                                                         std::size_t stress) {
  return unit_response(r, inputs_.step_days, x, convolver_, stress);
}

// Rain, rain and melt, or Flex recharge; for linear recharge without the evaporation, whose factor is solved.
TransferFunctionEvaluator::Water TransferFunctionEvaluator::water_of(const TransferFunctionModel& m) const {
  TransferFunctionModel dry = m;
  dry.evaporation_factor = 0;
  return as_water(recharge_of(dry, inputs_, needed_steps()));
}

std::size_t TransferFunctionEvaluator::needed_steps() const {
  return inputs_.mean_until == 0 ? inputs_.steps() : std::clamp(inputs_.mean_until, steps_, inputs_.steps());
}

void TransferFunctionEvaluator::prepare(const std::vector<TransferFunctionModel>& models) {
  const std::size_t steps = needed_steps();
  std::vector<Key> keys;
  std::vector<FlexInputs> sets;
  for (const TransferFunctionModel& m : models) {
    Key key = water_key(m);
    if (!m.flex || waters_.has(key) || std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    keys.push_back(std::move(key));
    sets.push_back({*m.flex, inputs_.precipitation.first(steps), {}});
    if (!m.snow) continue;
    const RainAndMelt& parts =
        rain_and_melt_.get({m.snow->melt_mm_per_day_degC, m.snow->threshold_degC}, [&] {
          return split_rain_and_melt(inputs_.precipitation.first(steps), inputs_.temperature.first(steps),
                                     *m.snow, inputs_.step_days);
        });
    sets.back().rain_mm_per_day = parts.rain;
    sets.back().melt_mm_per_day = parts.melt;
  }
  if (sets.empty()) return;
  const auto recharge = flex_recharges(sets, inputs_.evaporation.first(steps), inputs_.step_days);
  for (std::size_t i = 0; i < keys.size(); ++i) waters_.put(keys[i], as_water(recharge[i]));
}

// Linear recharge: rain; rain - f_max evaporation. With nonnegative coefficients the two span exactly A >= 0,
// 0 <= f <= f_max.
TransferFunctionEvaluator::Columns TransferFunctionEvaluator::recharge_columns(
    const TransferFunctionModel& m) {
  const Key key = water_key(m);
  const Water& water = waters_.get(key, [&] { return water_of(m); });
  mean_water_ = water.mean;
  Key all = key;
  const Key shape = response_key(m.recharge);
  all.insert(all.end(), shape.begin(), shape.end());
  return recharge_.get(all, [&] {
    if (water_key_ != key) {
      const bool by_spectrum =
          m.recharge.kind == ResponseKind::gamma || m.recharge.kind == ResponseKind::hantush;
      if (by_spectrum) convolver_.replace(water_spectrum_, water.anomaly);
      water_key_ = key;
    }
    const auto level = convolved(m.recharge, water.anomaly, water_spectrum_);
    Columns columns{at_observations(level, 1)};
    if (factor_) {
      auto second = convolved(m.recharge, evaporation_, evaporation_spectrum_);
      for (std::size_t t = 0; t < steps_; ++t) {
        second[t] = level[t] - params_.evaporation_factor_max * second[t];
      }
      columns.push_back(at_observations(second, 1));
    }
    return columns;
  });
}

// Recharge's columns; each stress times its sign; ones.
TransferFunctionEvaluator::Columns TransferFunctionEvaluator::columns_of(const TransferFunctionModel& m) {
  Columns columns;
  if (rain_) columns = recharge_columns(m);
  for (std::size_t j = 0; j < stresses_.size(); ++j) {
    const Response& r = m.stresses[j];
    columns.push_back(others_[j].get(response_key(r), [&] {
      return at_observations(convolved(r, stresses_[j], stress_spectra_[j]), sign_of(j));
    }));
  }
  columns.emplace_back(observations_.values.size(), 1.0);
  return columns;
}

double TransferFunctionEvaluator::sign_of(std::size_t stress) const {
  return inputs_.stresses[stress].sign == StressSign::negative ? -1 : 1;
}

void TransferFunctionEvaluator::set_gains(TransferFunctionModel& m, const std::vector<double>& b) const {
  m.base_m = observations_.mean_m + b.back();
  std::size_t i = 0;
  if (rain_) {
    m.recharge.gain = b[0] + (factor_ ? b[1] : 0);
    m.base_m -= m.recharge.gain * mean_water_;
    i = 1;
  }
  if (factor_) {
    m.evaporation_factor = m.recharge.gain > 0 ? params_.evaporation_factor_max * b[1] / m.recharge.gain : 0;
    m.base_m += m.recharge.gain * m.evaporation_factor * mean_of(inputs_.evaporation);
    i = 2;
  }
  for (std::size_t j = 0; j < stresses_.size(); ++j) {
    m.stresses[j].gain = sign_of(j) * b[i + j];
    m.base_m -= m.stresses[j].gain * mean_of(inputs_.stresses[j].values);
  }
}

}  // namespace phreatic::stats
