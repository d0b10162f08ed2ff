// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/metrics/residual_diagnostics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/series/correlation.hpp"
#include "phreatic/stats/special.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// Central moment of order p over the values that are there.
double central_moment(Series values, double centre, int p) {
  std::vector<double> powers(values.begin(), values.end());
  for (double& v : powers) v = std::pow(v - centre, p);
  return mean(powers);
}

std::vector<QuantilePoint> quantile_points(Series residuals, double centre, double sd,
                                           std::size_t max_points) {
  std::vector<double> sorted;
  std::copy_if(residuals.begin(), residuals.end(), std::back_inserter(sorted),
               [](double v) { return !std::isnan(v); });
  std::sort(sorted.begin(), sorted.end());
  const std::size_t n = sorted.size();
  const std::size_t kept = std::min(n, std::max<std::size_t>(max_points, 2));
  std::vector<QuantilePoint> points;
  points.reserve(kept);
  for (std::size_t i = 0; i < kept; ++i) {
    const std::size_t rank = kept < 2 ? 0 : (i * (n - 1) + (kept - 1) / 2) / (kept - 1);
    const double p = (static_cast<double>(rank) + 0.5) / static_cast<double>(n);
    points.push_back({normal_quantile(p), (sorted[rank] - centre) / sd});
  }
  return points;
}

}  // namespace

ResidualDiagnostics residual_diagnostics(Series observed, Series simulated, std::span<const int> months,
                                         std::size_t max_lag, std::size_t max_points) {
  PHREATIC_ASSERT(observed.size() == simulated.size() && observed.size() == months.size());
  std::vector<double> residual(observed.size());
  std::vector<double> size(observed.size());
  std::vector<double> time(observed.size());
  std::array<std::vector<double>, 12> by_month;
  for (std::size_t t = 0; t < residual.size(); ++t) {
    residual[t] = observed[t] - simulated[t];
    size[t] = std::abs(residual[t]);
    time[t] = static_cast<double>(t);
    if (!std::isnan(residual[t])) by_month.at(static_cast<std::size_t>(months[t])).push_back(residual[t]);
  }
  ResidualDiagnostics d;
  d.n = count_pairs(observed, simulated).pairs;
  d.mean = mean(residual);
  d.sd = std::sqrt(central_moment(residual, d.mean, 2));
  d.autocorrelation = autocorrelation(residual, max_lag);
  d.effective_n = effective_count(residual);
  const bool varies = !std::isnan(d.effective_n);
  d.skewness = varies ? central_moment(residual, d.mean, 3) / std::pow(d.sd, 3) : kUndefined;
  d.kurtosis = varies ? central_moment(residual, d.mean, 4) / std::pow(d.sd, 4) - 3 : kUndefined;
  d.white_bound = d.n == 0 ? kUndefined : 1.96 / std::sqrt(static_cast<double>(d.n));
  if (varies) d.quantiles = quantile_points(residual, d.mean, d.sd, max_points);
  for (std::size_t m = 0; m < by_month.size(); ++m) {
    const auto& values = by_month[m];
    d.months[m] = {values.size(), mean(values), quantile(values, 0.1), median(values), quantile(values, 0.9)};
  }
  d.level_correlation = spearman(size, simulated);
  d.trend_correlation = spearman(residual, time);
  return d;
}

}  // namespace phreatic::stats
