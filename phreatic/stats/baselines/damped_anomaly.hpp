// SPDX-License-Identifier: BSD-3-Clause
// Forecast by climatology and a damped anomaly (docs/methods/baselines.md): with c the climatology of the training period and a = y - c,
//   y_hat(t) = c(t) + rho(d) a(s),   s the last observed step at or before t - lag, d = t - s
//   rho(d)   = sum a(u) a(u - d) / sum a(u - d)^2 over the training pairs d steps apart, within [0, 1]
#pragma once

#include <cstddef>

#include "phreatic/stats/baselines/baseline.hpp"

namespace phreatic::stats {

// The damped-anomaly forecast lag steps ahead (lag >= 1) at every step. c and rho are estimated from the
// target in `train` alone; the last anomalies come from any period, as a forecaster would know them. Fewer
// than 10 training pairs d steps apart: rho = 0, the forecast is the climatology. NaN before the first
// observation and on days without a climatology. Name "damped_anomaly".
BaselineResult damped_anomaly_baseline(const BaselineData& data, std::size_t lag,
                                       const ClimatologyParams& climatology);

}  // namespace phreatic::stats
