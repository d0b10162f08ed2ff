// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/special.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats {
namespace {

constexpr double kTiny = 1e-300;
constexpr double kPrecision = 1e-16;
constexpr int kMaxTerms = 100000;

// log Gamma without the global sign that std::lgamma writes (a data race between threads).
double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

double away_from_zero(double x) { return std::abs(x) < kTiny ? kTiny : x; }

// Lentz's method for b0 + a1 / (b1 + a2 / (b2 + ...)), with coefficient(i) giving {a_i, b_i} for i >= 1.
template <class F>
double continued_fraction(double b0, F coefficient) {
  double f = away_from_zero(b0);
  double c = f;
  double d = 0;
  for (int i = 1; i < kMaxTerms; ++i) {
    const auto [a, b] = coefficient(i);
    d = 1 / away_from_zero(b + a * d);
    c = away_from_zero(b + a / c);
    f *= c * d;
    if (std::abs(c * d - 1) < kPrecision) break;
  }
  return f;
}

struct Term {
  double a;
  double b;
};

// exp(-x) x^a / Gamma(a).
double gamma_factor(double a, double x) { return std::exp(a * std::log(x) - x - log_gamma(a)); }

}  // namespace

double gamma_p(double a, double x) {
  PHREATIC_ASSERT(a > 0 && x >= 0);
  if (x == 0) return 0;
  if (std::isinf(x)) return 1;
  if (x < a + 1) {
    double term = 1 / a;
    double sum = term;
    for (int n = 1; n < kMaxTerms && term > sum * kPrecision; ++n) {
      term *= x / (a + n);
      sum += term;
    }
    return sum * gamma_factor(a, x);
  }
  const double fraction = continued_fraction(x + 1 - a, [=](int i) {
    return Term{-i * (i - a), x + 2 * i + 1 - a};
  });
  return 1 - gamma_factor(a, x) / fraction;
}

double beta_i(double a, double b, double x) {
  PHREATIC_ASSERT(a > 0 && b > 0 && x >= 0 && x <= 1);
  if (x == 0 || x == 1) return x;
  if (x > (a + 1) / (a + b + 2)) return 1 - beta_i(b, a, 1 - x);
  const double factor =
      std::exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * std::log(x) + b * std::log1p(-x));
  const double fraction = continued_fraction(1, [=](int i) {
    const int half = i / 2;
    const double m = half;
    const double numerator = i % 2 == 0 ? m * (b - m) / ((a + 2 * m - 1) * (a + 2 * m))
                                        : -(a + m) * (a + b + m) / ((a + 2 * m) * (a + 2 * m + 1));
    return Term{numerator * x, 1};
  });
  return factor / (a * fraction);
}

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double normal_quantile(double p) {
  if (!(p >= 0 && p <= 1)) return std::numeric_limits<double>::quiet_NaN();
  if (p == 0 || p == 1) return p == 0 ? -INFINITY : INFINITY;
  if (p > 0.5) return -normal_quantile(1 - p);
  // abramowitz1964 26.2.23 (error below 4.5e-4), then Halley's steps on the distribution function.
  const double t = std::sqrt(-2 * std::log(p));
  double z =
      (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (int step = 0; step < 3; ++step) {
    const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi);
    const double u = (normal_cdf(z) - p) / density;
    z -= u / (1 + 0.5 * z * u);
  }
  return z;
}

double student_two_sided(double t, double degrees) {
  return beta_i(0.5 * degrees, 0.5, degrees / (degrees + t * t));
}

}  // namespace phreatic::stats
