// SPDX-License-Identifier: BSD-3-Clause
// What the residuals r = o - s of a model still hold: memory, heavy tails, season, dependence on the level.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {

struct QuantilePoint {
  double normal = 0;    // normal quantile at (i - 1/2)/n
  double residual = 0;  // i-th smallest residual, less the mean, over the standard deviation (divisor n)
};

struct SeasonSummary {
  std::size_t n = 0;
  double mean = 0;  // NaN with n = 0, like the rest
  double q10 = 0;
  double median = 0;
  double q90 = 0;
};

struct ResidualDiagnostics {
  std::size_t n = 0;
  double mean = 0;
  double sd = 0;                         // divisor n
  double skewness = 0;                   // NaN for a constant residual, like the rest of the line below
  double kurtosis = 0;                   // excess
  std::vector<double> autocorrelation;   // lags 0..max_lag, as autocorrelation()
  double effective_n = 0;                // effective_count()
  double white_bound = 0;                // 1.96/sqrt(n): white residuals stay within it at 95 % of lags
  std::vector<QuantilePoint> quantiles;  // at most max_points, evenly thinned by rank, both ends kept
  std::array<SeasonSummary, 12> months;
  double level_correlation = 0;  // Spearman, |r| with s: errors that grow with the level
  double trend_correlation = 0;  // Spearman, r with time: drift
};

// `months` has 0..11 for each step. Missing steps are left out.
ResidualDiagnostics residual_diagnostics(Series observed, Series simulated, std::span<const int> months,
                                         std::size_t max_lag = 60, std::size_t max_points = 200);

}  // namespace phreatic::stats
