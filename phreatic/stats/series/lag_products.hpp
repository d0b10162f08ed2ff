// SPDX-License-Identifier: BSD-3-Clause
// Pearson's and Spearman's coefficients of many series with many lagged ones, as matrix products.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "phreatic/core/isa.hpp"
#include "phreatic/stats/series/correlation.hpp"

namespace phreatic::stats {

// Lagged products of one series, with gaps as zeros of its deviations from the mean.
struct LaggedSums {
  std::vector<double> products;  // sum_t x_t x_{t+k}, k < lags
  std::vector<double> pairs;     // number of t where both are there
};
LaggedSums lagged_sums(std::span<const double> deviations, std::span<const double> present, std::size_t lags,
                       core::Isa isa);

struct LagCoefficient {
  double r = 0;
  std::size_t n = 0;
  // The sums lost digits (the pairs vary a thousand times less than the whole series) or a side is constant, or ranks
  // depend on the gaps: to be computed from the pairs themselves.
  bool undecided = false;
};

// Of y_t with x_{t - lag}, lag < lags; [x][y][lag]. All series have one length.
std::vector<LagCoefficient> lag_coefficients(std::span<const Series> x, std::span<const Series> y,
                                             std::size_t lags, CorrelationKind kind, core::Isa isa);

}  // namespace phreatic::stats
