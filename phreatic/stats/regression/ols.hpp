// SPDX-License-Identifier: BSD-3-Clause
// Ordinary least squares y = X b + e with an intercept, by Householder QR; says which columns depend on others.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace phreatic::stats {

using Columns = std::vector<std::vector<double>>;  // [column][row]

struct OlsFit {
  // False: fewer rows than coefficients, or columns that depend on others. Then many coefficients fit equally well; given
  // are those of least norm for centred and scaled columns, without `inverse` and `gram`.
  bool solved = false;
  std::vector<std::size_t> constant;   // columns that do not vary
  std::vector<std::size_t> dependent;  // columns that are a linear combination of those before them
  std::size_t rows = 0;
  std::vector<double> coefficients;  // [columns + 1]: slopes, then the intercept
  std::vector<double> inverse;       // [columns + 1][columns + 1] (X'X)^-1, the intercept's column last
  std::vector<double> gram;          // [columns + 1][columns + 1] X'X
  double rss = 0;                    // residual sum of squares
  double tss = 0;                    // about the mean

  // Standard error of a coefficient: sqrt(rss / (n - k) inverse_kk); NaN for n = k.
  double standard_error(std::size_t k) const;
};

// x: [rows][columns] without the intercept, all finite. Without rows nothing is fitted.
OlsFit ols(std::span<const double> x, std::span<const double> y, std::size_t columns);
// The same for data by columns; asserts that they are as long as y.
OlsFit ols(const Columns& x, std::span<const double> y);

// b . (x, 1)
double ols_value(std::span<const double> coefficients, const double* x);

}  // namespace phreatic::stats
