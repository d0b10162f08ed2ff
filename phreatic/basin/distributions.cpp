// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/distributions.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "phreatic/core/errors.hpp"

namespace phreatic::basin {

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

namespace {

constexpr int kMostTerms = 500;
constexpr double kPrecision = 1e-15;

double lower_by_series(double a, double x) {
  double term = 1.0 / a;
  double sum = term;
  for (int n = 1; n < kMostTerms && std::abs(term) > kPrecision * std::abs(sum); ++n) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * std::exp(-x + a * std::log(x) - std::lgamma(a));
}

double upper_by_fraction(double a, double x) {
  constexpr double kTiny = 1e-300;
  double b = x + 1.0 - a;
  double c = 1.0 / kTiny;
  double d = 1.0 / b;
  double h = d;
  for (int n = 1; n < kMostTerms; ++n) {
    const double an = -n * (n - a);
    b += 2.0;
    d = an * d + b;
    if (std::abs(d) < kTiny) d = kTiny;
    c = b + an / c;
    if (std::abs(c) < kTiny) c = kTiny;
    d = 1.0 / d;
    h *= d * c;
    if (std::abs(d * c - 1.0) < kPrecision) break;
  }
  return h * std::exp(-x + a * std::log(x) - std::lgamma(a));
}

}  // namespace

double gamma_cdf(double shape, double x) {
  PHREATIC_ASSERT(shape > 0 && x >= 0);
  if (x == 0) return 0;
  return x < shape + 1.0 ? lower_by_series(shape, x) : 1.0 - upper_by_fraction(shape, x);
}

double gamma_quantile(double shape, double p) {
  PHREATIC_ASSERT(shape > 0 && p >= 0 && p < 1);
  if (p == 0) return 0;
  double low = 0;
  double high = shape + 1.0;
  while (gamma_cdf(shape, high) < p) high *= 2.0;
  // Small p: P(a, x) ~ x^a / (a Gamma(a)), which is the first guess.
  double x = std::exp((std::log(p) + std::lgamma(shape + 1.0)) / shape);
  if (!(x < high)) x = 0.5 * high;
  for (int i = 0; i < 200; ++i) {
    const double error = gamma_cdf(shape, x) - p;
    (error > 0 ? high : low) = x;
    const double density = std::exp((shape - 1.0) * std::log(x) - x - std::lgamma(shape));
    double next = x - error / density;
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    const double change = std::abs(next - x);
    x = next;
    if (change <= 1e-12 * x || x < std::numeric_limits<double>::min()) break;
  }
  return x;
}

}  // namespace phreatic::basin
