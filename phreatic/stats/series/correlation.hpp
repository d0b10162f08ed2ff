// SPDX-License-Identifier: BSD-3-Clause
// Correlation of series with gaps (NaN) and autocorrelation, with significance that accounts for
// autocorrelation and multiple testing (docs/methods/clustering.md).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "phreatic/core/isa.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {

// Ranks 1..n of the values that are not NaN, ties get their mean rank; NaN stays NaN.
std::vector<double> ranks(Series values);

// Spearman's rank correlation over the steps where both are there; undefined as pearson() is.
double spearman(Series x, Series y);

// Autocorrelation at lags 0..max_lag:
//   rho_k = (n - k)/n * [sum (x_t - m)(x_{t+k} - m) / N_k] / [sum (x_t - m)^2 / n_present]
// over the N_k pairs that are there, n the length of the series. Without gaps this is the usual estimator
// with divisor n. NaN at lags without a pair; all NaN for a constant or empty series.
std::vector<double> autocorrelation(Series values, std::size_t max_lag);

// Number of independent values that give the mean of the series the same variance:
//   n_eff = n / (1 + 2 sum_k (N_k / n) rho_k),   n values present,
// k up to the lag before the first rho_k <= 0 (geyer1992's cut for positive sequences). In [1, n]; NaN for an
// empty or constant series. Values seen only now and then (weekly on a daily axis) need no special care.
double effective_count(Series values);

enum class CorrelationKind { pearson, spearman };

struct Correlation {
  double r = 0;
  std::size_t n = 0;       // steps where both are there
  double effective_n = 0;  // independent pairs
  double p_value = 0;      // two-sided, Student's t with effective_n - 2 degrees; NaN when undefined
};

// Correlation of y_t with x_{t - lag} for lag = 0..max_lag. effective_n follows pyper1998:
//   1/n_eff = 1/n + 2/n sum_{k = 1}^{n/5} (N_k / n) rho_x(k) rho_y(k),
// with N_k / n the share of values k steps apart in the series with fewer values, kept in [1, n]. p_value is
// NaN when r is undefined or effective_n <= 2.
std::vector<Correlation> lag_correlations(Series x, Series y, std::size_t max_lag,
                                          CorrelationKind kind = CorrelationKind::pearson);

// The same for many series of one length at once; autocorrelations are computed once per series and work runs in threads,
// with the instruction set `isa`. Coefficients come from matrix products of values and of flags of presence; those of
// pairs that vary a thousand times less than their series, and Spearman's with gaps, from the pairs themselves.
// Result [x][y][lag], x and y in the order given.
std::vector<Correlation> lag_correlation_table(std::span<const Series> x, std::span<const Series> y,
                                               std::size_t max_lag, CorrelationKind kind,
                                               core::Isa isa = core::Isa::automatic);

// Benjamini and Hochberg's adjusted p-values (benjamini1995): reject where the result is <= the wanted false
// discovery rate. NaN p-values are not counted and stay NaN.
std::vector<double> benjamini_hochberg(std::span<const double> p_values);

}  // namespace phreatic::stats
