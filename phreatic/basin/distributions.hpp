// SPDX-License-Identifier: BSD-3-Clause
// Distribution functions that turn correlated standard normal numbers into wet days and rain amounts.
#pragma once

namespace phreatic::basin {

// P(Z <= z) of the standard normal distribution.
double normal_cdf(double z);

// Regularised lower incomplete gamma function P(a, x), a > 0, x >= 0: series below a + 1, Lentz's continued
// fraction above (DLMF 8.7.1 and 8.9.2, key dlmf8).
double gamma_cdf(double shape, double x);

// x with gamma_cdf(shape, x) = p, 0 <= p < 1, relative error below 1e-10 (bracketed Newton).
double gamma_quantile(double shape, double p);

}  // namespace phreatic::basin
