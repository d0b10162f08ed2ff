// SPDX-License-Identifier: BSD-3-Clause
// Special functions and the distributions that need them, to about 1e-13 relative (abramowitz1964: series
// 6.5.29, continued fractions 6.5.31 and 26.5.8, evaluated by Lentz's method).
#pragma once

namespace phreatic::stats {

// Regularised lower incomplete gamma function P(a, x), a > 0, x >= 0: the distribution function of a gamma
// variable with shape a and scale 1.
double gamma_p(double a, double x);
// Regularised incomplete beta function I_x(a, b), a, b > 0, 0 <= x <= 1.
double beta_i(double a, double b, double x);

double normal_cdf(double z);
// Inverse of normal_cdf; -inf at 0, inf at 1, NaN outside [0, 1].
double normal_quantile(double p);
// P(|T| >= |t|) for Student's t with `degrees` > 0 degrees of freedom (need not be whole).
double student_two_sided(double t, double degrees);

}  // namespace phreatic::stats
