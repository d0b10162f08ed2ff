// SPDX-License-Identifier: BSD-3-Clause
// Generalised additive model for a continuous target (hastie1990) with penalised B-splines (eilers1996):
//   y = b0 + sum_j f_j(x_j),  f_j of cubic B-splines on equal intervals over the range of x_j,
//   minimise |y - fit|^2 + sum_j lambda_j |second differences of f_j's coefficients|^2
// Each f_j has mean 0 over the rows. Beyond the range of the rows it is constant.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "phreatic/stats/regression/ols.hpp"

namespace phreatic::stats {

struct AdditiveParams {
  int splines = 10;  // of every term
  // Tried in turn for each term, all others standing, until no term changes: the smallest generalised
  // cross-validation n RSS / (n - edf)^2 wins.
  std::vector<double> lambdas = {0.01, 0.1, 1, 10, 100, 1e3, 1e4, 1e5};
  int sweeps = 3;  // at most
};

struct AdditiveTerm {
  double low = 0, high = 0;  // of the rows; equal: a constant column, whose term is 0
  double lambda = 0;
  double centre = 0;                 // taken from the splines' sum
  std::vector<double> coefficients;  // [splines]
  double value(double x) const;
};

struct AdditiveFit {
  double intercept = 0;
  std::vector<AdditiveTerm> terms;  // [columns]
  double edf = 0;                   // effective degrees of freedom, the intercept's with them
  double gcv = 0;
  double value(std::span<const double> row) const;
};

// Asserts equal lengths, finite values, and at least two rows.
AdditiveFit additive_fit(const Columns& x, std::span<const double> y, const AdditiveParams& params = {});
// With these lambdas, [columns].
AdditiveFit additive_fit_with(const Columns& x, std::span<const double> y, int splines,
                              const std::vector<double>& lambdas);

}  // namespace phreatic::stats
