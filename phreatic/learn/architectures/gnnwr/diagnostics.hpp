// SPDX-License-Identifier: BSD-3-Clause
// Fit of a locally weighted regression, in O(n k^2): with A = (X'X)^-1, x_i = (scaled covariates, 1),
//   row i of the hat matrix = (x_i * w_i)' A X',   tr S = sum_i (x_i * w_i)' A x_i,
//   tr S'S = sum (B * (X'X B)),  B = A (X * W)'
//   AIC = n ln(2 pi SSR/n) + n + tr S,   AICc = n (ln(2 pi SSR/n) + (n + tr S)/(n - tr S - 2))
//   F1 = (SSR / (n - 2 tr S + tr S'S)) / (RSS_ols / (n - k))            (yin2024; k terms with the intercept)
#pragma once

#include "phreatic/learn/architectures/gnnwr/gnnwr.hpp"
#include "phreatic/stats/regression/ols.hpp"

namespace phreatic::learn {

// scaled: [rows][covariates] of the rows that `ols` was fitted to; weights: [rows][terms]; value: fitted.
GnnwrDiagnostics local_diagnostics(const stats::OlsFit& ols, const std::vector<double>& scaled,
                                   const std::vector<float>& weights, const std::vector<double>& target,
                                   const std::vector<double>& value);

}  // namespace phreatic::learn
