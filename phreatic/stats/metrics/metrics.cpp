// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/metrics/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

struct Moments {
  std::size_t n = 0;
  double mean_o = 0;
  double mean_s = 0;
  double var_o = 0;  // divided by n
  double var_s = 0;
  double cov = 0;
  double sse = 0;  // sum (s - o)^2
  bool constant_o = true;
  bool constant_s = true;
};

// Two passes: means first, then central moments, so that levels far from zero lose no digits.
Moments moments(Series observed, Series simulated) {
  PHREATIC_ASSERT(observed.size() == simulated.size());
  Moments m;
  double first_o = 0;
  double first_s = 0;
  for (std::size_t t = 0; t < observed.size(); ++t) {
    const double o = observed[t];
    const double s = simulated[t];
    if (std::isnan(o) || std::isnan(s)) continue;
    if (m.n == 0) {
      first_o = o;
      first_s = s;
    }
    m.constant_o = m.constant_o && o == first_o;
    m.constant_s = m.constant_s && s == first_s;
    m.mean_o += o;
    m.mean_s += s;
    m.sse += (s - o) * (s - o);
    ++m.n;
  }
  if (m.n == 0) return m;
  const auto n = static_cast<double>(m.n);
  // The mean of a constant is the constant, so that its variance is exactly 0.
  m.mean_o = m.constant_o ? first_o : m.mean_o / n;
  m.mean_s = m.constant_s ? first_s : m.mean_s / n;
  for (std::size_t t = 0; t < observed.size(); ++t) {
    if (std::isnan(observed[t]) || std::isnan(simulated[t])) continue;
    const double o = observed[t] - m.mean_o;
    const double s = simulated[t] - m.mean_s;
    m.var_o += o * o / n;
    m.var_s += s * s / n;
    m.cov += o * s / n;
  }
  return m;
}

double correlation(const Moments& m) {
  if (m.constant_o || m.constant_s) return kUndefined;
  return std::clamp(m.cov / std::sqrt(m.var_o * m.var_s), -1.0, 1.0);
}

// Mean of f(o, lower, upper) over the steps where all three are there.
template <class F>
double interval_mean(Series observed, Series lower, Series upper, F f) {
  PHREATIC_ASSERT(observed.size() == lower.size() && observed.size() == upper.size());
  double sum = 0;
  std::size_t n = 0;
  for (std::size_t t = 0; t < observed.size(); ++t) {
    if (std::isnan(observed[t]) || std::isnan(lower[t]) || std::isnan(upper[t])) continue;
    sum += f(observed[t], lower[t], upper[t]);
    ++n;
  }
  return n == 0 ? kUndefined : sum / static_cast<double>(n);
}

// Mean of f(o, s) over the steps where both are there.
template <class F>
double pair_mean(Series observed, Series simulated, F f) {
  return interval_mean(observed, simulated, simulated, [&](double o, double s, double) { return f(o, s); });
}

std::vector<double> present(Series values) {
  std::vector<double> kept;
  std::copy_if(values.begin(), values.end(), std::back_inserter(kept),
               [](double v) { return !std::isnan(v); });
  return kept;
}

}  // namespace

PairCount count_pairs(Series observed, Series simulated) {
  PHREATIC_ASSERT(observed.size() == simulated.size());
  PairCount count;
  for (std::size_t t = 0; t < observed.size(); ++t) {
    if (std::isnan(observed[t])) continue;
    ++(std::isnan(simulated[t]) ? count.observed_only : count.pairs);
  }
  return count;
}

double nse(Series observed, Series simulated) {
  const Moments m = moments(observed, simulated);
  if (m.constant_o) return kUndefined;
  return 1 - m.sse / (m.var_o * static_cast<double>(m.n));
}

double nse_trainmean(Series observed, Series simulated, Series training_observed) {
  PHREATIC_ASSERT(observed.size() == simulated.size());
  const double reference = mean(training_observed);
  double sse = 0;
  double sst = 0;
  for (std::size_t t = 0; t < observed.size(); ++t) {
    if (std::isnan(observed[t]) || std::isnan(simulated[t])) continue;
    sse += (simulated[t] - observed[t]) * (simulated[t] - observed[t]);
    sst += (observed[t] - reference) * (observed[t] - reference);
  }
  return sst == 0 ? kUndefined : 1 - sse / sst;
}

double pearson(Series observed, Series simulated) { return correlation(moments(observed, simulated)); }

double r2(Series observed, Series simulated) {
  const double r = pearson(observed, simulated);
  return r * r;
}

double rmse(Series observed, Series simulated) {
  return std::sqrt(pair_mean(observed, simulated, [](double o, double s) { return (s - o) * (s - o); }));
}

double mae(Series observed, Series simulated) {
  return pair_mean(observed, simulated, [](double o, double s) { return std::abs(s - o); });
}

double bias(Series observed, Series simulated) {
  return pair_mean(observed, simulated, [](double o, double s) { return s - o; });
}

double kge_2009(Series observed, Series simulated) {
  const Moments m = moments(observed, simulated);
  const double r = correlation(m);
  if (std::isnan(r) || m.mean_o == 0) return kUndefined;
  return 1 - std::hypot(r - 1, std::sqrt(m.var_s / m.var_o) - 1, m.mean_s / m.mean_o - 1);
}

double kge_2012(Series observed, Series simulated) {
  const Moments m = moments(observed, simulated);
  const double r = correlation(m);
  if (std::isnan(r) || m.mean_o == 0 || m.mean_s == 0) return kUndefined;
  const double b = m.mean_s / m.mean_o;
  return 1 - std::hypot(r - 1, std::sqrt(m.var_s / m.var_o) / b - 1, b - 1);
}

double alpha_nse(Series observed, Series simulated) {
  const Moments m = moments(observed, simulated);
  return m.constant_o ? kUndefined : std::sqrt(m.var_s / m.var_o);
}

double beta_nse(Series observed, Series simulated) {
  const Moments m = moments(observed, simulated);
  return m.constant_o ? kUndefined : (m.mean_s - m.mean_o) / std::sqrt(m.var_o);
}

double persistence_index(Series observed, Series simulated, std::size_t lag) {
  PHREATIC_ASSERT(observed.size() == simulated.size() && lag >= 1);
  double sse = 0;
  double reference = 0;
  for (std::size_t t = lag; t < observed.size(); ++t) {
    const double error = simulated[t] - observed[t];
    const double change = observed[t] - observed[t - lag];
    if (std::isnan(error) || std::isnan(change)) continue;
    sse += error * error;
    reference += change * change;
  }
  return reference == 0 ? kUndefined : 1 - sse / reference;
}

double share_above(Series values, double threshold) {
  return mean([&] {
    std::vector<double> above = present(values);
    for (double& v : above) v = v > threshold ? 1 : 0;
    return above;
  }());
}

double coverage(Series observed, Series lower, Series upper) {
  return interval_mean(observed, lower, upper,
                       [](double o, double l, double u) { return l <= o && o <= u ? 1.0 : 0.0; });
}

double interval_width(Series observed, Series lower, Series upper) {
  return interval_mean(observed, lower, upper, [](double, double l, double u) { return u - l; });
}

double interval_score(Series observed, Series lower, Series upper, double level) {
  PHREATIC_ASSERT(level > 0 && level < 1);
  const double penalty = 2 / (1 - level);
  return interval_mean(observed, lower, upper, [penalty](double o, double l, double u) {
    return (u - l) + penalty * (std::max(l - o, 0.0) + std::max(o - u, 0.0));
  });
}

double quantile_loss(Series observed, Series predicted, double tau) {
  PHREATIC_ASSERT(tau > 0 && tau < 1);
  return pair_mean(observed, predicted,
                   [tau](double o, double q) { return o >= q ? tau * (o - q) : (1 - tau) * (q - o); });
}

double median(Series values) { return quantile(values, 0.5); }

double mean(Series values) {
  double sum = 0;
  std::size_t n = 0;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    sum += v;
    ++n;
  }
  return n == 0 ? kUndefined : sum / static_cast<double>(n);
}

double quantile(Series values, double p) {
  PHREATIC_ASSERT(p >= 0 && p <= 1);
  std::vector<double> sorted = present(values);
  if (sorted.empty()) return kUndefined;
  std::sort(sorted.begin(), sorted.end());
  const double position = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const double weight = position - static_cast<double>(below);
  if (weight == 0) return sorted[below];
  return sorted[below] + weight * (sorted[below + 1] - sorted[below]);
}

std::string level_name(const std::string& metric, double level) {
  return fmt::format("{}_{:.6g}", metric, 100 * level);
}

}  // namespace phreatic::stats
