// SPDX-License-Identifier: BSD-3-Clause
// How much the columns of a table tell about each other.
#pragma once

#include <cstddef>
#include <vector>

#include "phreatic/stats/regression/ols.hpp"

namespace phreatic::stats {

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
