// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/architectures/gnnwr/diagnostics.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::learn {
namespace {

// m v for a square matrix.
void multiply(const std::vector<double>& m, const std::vector<double>& v, std::vector<double>& out) {
  const std::size_t k = v.size();
  for (std::size_t i = 0; i < k; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < k; ++j) sum += m[i * k + j] * v[j];
    out[i] = sum;
  }
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

GnnwrDiagnostics local_diagnostics(const stats::OlsFit& ols, const std::vector<double>& scaled,
                                   const std::vector<float>& weights, const std::vector<double>& target,
                                   const std::vector<double>& value) {
  const std::size_t rows = target.size();
  const std::size_t terms = ols.coefficients.size();
  GnnwrDiagnostics out;
  std::vector<double> x(terms, 1.0);
  std::vector<double> weighted(terms);
  std::vector<double> b(terms);
  std::vector<double> gram_b(terms);
  double ssr = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k + 1 < terms; ++k) x[k] = scaled[i * (terms - 1) + k];
    for (std::size_t k = 0; k < terms; ++k) weighted[k] = x[k] * weights[i * terms + k];
    multiply(ols.inverse, weighted, b);
    multiply(ols.gram, b, gram_b);
    out.trace += dot(b, x);
    out.trace_sts += dot(b, gram_b);
    ssr += (target[i] - value[i]) * (target[i] - value[i]);
  }
  const auto n = static_cast<double>(rows);
  const double log_variance = std::log(2 * std::numbers::pi * ssr / n);
  constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
  out.aic = n * log_variance + n + out.trace;
  const double left = n - out.trace - 2;
  out.aicc = left > 0 ? n * (log_variance + (n + out.trace) / left) : kUndefined;
  const double freedom = n - 2 * out.trace + out.trace_sts;
  const double freedom_ols = n - static_cast<double>(terms);
  out.f1 =
      freedom > 0 && freedom_ols > 0 && ols.rss > 0 ? ssr / freedom / (ols.rss / freedom_ols) : kUndefined;
  out.r2 = stats::nse(target, value);
  out.rmse = stats::rmse(target, value);
  out.r2_ols = 1 - ols.rss / ols.tss;
  out.rmse_ols = std::sqrt(ols.rss / n);
  return out;
}

}  // namespace phreatic::learn
