// SPDX-License-Identifier: BSD-3-Clause
// Ordinary least squares y = b0 + sum_j b_j x_j, and how much the columns x_j tell about each other.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace phreatic::stats {

using Columns = std::vector<std::vector<double>>;  // [column][row]

struct LinearFit {
  double intercept = 0;
  std::vector<double> slopes;  // [columns]; a column that depends on others shares with them (least norm)
  double r2 = 0;               // 1 - SSE / SST; NaN for constant y
  double residual_sd = 0;      // sqrt(SSE / rows)
  double value(std::span<const double> row) const;  // row [columns]
};
// Columns are centred and scaled inside. Asserts equal lengths, finite values and at least one row.
LinearFit linear_fit(const Columns& x, std::span<const double> y);

// Variance inflation factor of every column: 1 / (1 - R2 of the column on all others, with intercept). Infinite for one
// that depends on the others, NaN for a constant one.
std::vector<double> variance_inflation(const Columns& x);

// Pairs of columns whose squared Pearson correlation is above `threshold`, largest first.
struct CollinearPair {
  std::size_t a = 0;
  std::size_t b = 0;
  double r2 = 0;
};
std::vector<CollinearPair> collinear_pairs(const Columns& x, double threshold);

}  // namespace phreatic::stats
