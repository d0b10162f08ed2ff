// SPDX-License-Identifier: BSD-3-Clause
// Forecast by climatology and a damped anomaly (docs/methods/baselines.md): with c the climatology of the training period and a = y - c,
//   y_hat(t) = c(t) + rho(d) a(s),   s the last observed step at or before t - lag, d = t - s
//   rho(d)   = sum a(u) a(u - d) / sum a(u - d)^2 over the training pairs d steps apart, within [0, 1]
#pragma once

#include <cstddef>
#include <vector>

#include "phreatic/stats/baselines/baseline.hpp"
#include "phreatic/stats/series/season.hpp"

namespace phreatic::stats {

// The damped-anomaly forecast lag steps ahead (lag >= 1) at every step. c and rho are estimated from the
// target in `train` alone; the last anomalies come from any period, as a forecaster would know them. Fewer
// than 10 training pairs d steps apart: rho = 0, the forecast is the climatology. NaN before the first
// observation and on days without a climatology. Name "damped_anomaly".
BaselineResult damped_anomaly_baseline(const BaselineData& data, std::size_t lag,
                                       const ClimatologyParams& climatology);

// The same as a model that is kept: c by day of the year, rho by distance.
struct DampedAnomaly {
  YearTable usual{};        // [day - 1], in the target's unit
  std::vector<double> rho;  // [d], d = 0 ...; beyond its end 0
  double damping(std::size_t distance) const { return distance < rho.size() ? rho[distance] : 0.0; }
};

// Fitted to all values that are not NaN: the caller blanks what must not be seen. rho up to `farthest` steps.
DampedAnomaly fit_damped_anomaly(const core::TimeAxis& axis, std::span<const double> known,
                                 std::size_t farthest, const ClimatologyParams& climatology);

// Its forecast lag steps ahead at every step of any axis of the same time step, from what is known there.
std::vector<double> damped_anomaly_forecast(const DampedAnomaly& model, const core::TimeAxis& axis,
                                            std::span<const double> known, std::size_t lag);

}  // namespace phreatic::stats
