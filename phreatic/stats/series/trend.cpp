// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/trend.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/special.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// sum over pairs of the sign of their difference; the inner loop has no branch.
double signs(const std::vector<double>& y) {
  long sum = 0;
  for (std::size_t i = 0; i + 1 < y.size(); ++i) {
    const double at = y[i];
    int row = 0;
    for (std::size_t j = i + 1; j < y.size(); ++j)
      row += static_cast<int>(y[j] > at) - static_cast<int>(y[j] < at);
    sum += row;
  }
  return static_cast<double>(sum);
}

struct Ties {
  double variance = 0;  // sum t (t - 1) (2 t + 5)
  double pairs = 0;     // sum t (t - 1) / 2
};

Ties ties_of(const std::vector<double>& sorted) {
  Ties ties;
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t j = i;
    while (j < sorted.size() && sorted[j] == sorted[i]) ++j;
    const auto t = static_cast<double>(j - i);
    ties.variance += t * (t - 1) * (2 * t + 5);
    ties.pairs += t * (t - 1) / 2;
    i = j;
  }
  return ties;
}

void append_slopes(const std::vector<double>& t, const std::vector<double>& y, std::vector<double>& slopes) {
  for (std::size_t i = 0; i + 1 < y.size(); ++i) {
    for (std::size_t j = i + 1; j < y.size(); ++j) slopes.push_back((y[j] - y[i]) / (t[j] - t[i]));
  }
}

double order_statistic(std::vector<double>& values, std::size_t rank) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

double median_in_place(std::vector<double>& values) {
  const std::size_t half = values.size() / 2;
  const double upper = order_statistic(values, half);
  if (values.size() % 2 == 1) return upper;
  return 0.5 *
         (upper + *std::max_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half)));
}

// Ranks from 1, ties share the mean of theirs.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t j = i;
    while (j < order.size() && values[order[j]] == values[order[i]]) ++j;
    for (std::size_t k = i; k < j; ++k) ranks[order[k]] = 0.5 * static_cast<double>(i + j + 1);
    i = j;
  }
  return ranks;
}

// hamedrao1998's factor of Var S.
double autocorrelation_factor(const TrendScratch& s, double slope) {
  std::vector<double> rest(s.y.size());
  for (std::size_t i = 0; i < rest.size(); ++i) rest[i] = s.y[i] - slope * s.t[i];
  std::vector<double> ranks = ranks_of(rest);
  const auto n = static_cast<double>(ranks.size());
  double squares = 0;
  for (double& r : ranks) {
    r -= 0.5 * (n + 1);
    squares += r * r;
  }
  const double limit = normal_quantile(0.975) / std::sqrt(n);
  double sum = 0;
  for (std::size_t k = 1; k < ranks.size(); ++k) {
    double products = 0;
    for (std::size_t i = k; i < ranks.size(); ++i) products += ranks[i] * ranks[i - k];
    const double r = products / squares;
    const double left = n - static_cast<double>(k);
    if (std::abs(r) > limit) sum += left * (left - 1) * (left - 2) * r;
  }
  return 1 + 2 / (n * (n - 1) * (n - 2)) * sum;
}

void set_test(Trend& trend) {
  if (!(trend.variance > 0)) {
    // All values are equal, or the correction has left no variance.
    trend.z = trend.s == 0 && trend.variance == 0 ? 0 : kUndefined;
  } else {
    trend.z = trend.s == 0 ? 0 : (trend.s - (trend.s > 0 ? 1 : -1)) / std::sqrt(trend.variance);
  }
  trend.p = std::isnan(trend.z) ? kUndefined : 2 * normal_cdf(-std::abs(trend.z));
}

// Slope, its interval by the ranks of S (with `variance` of S), and the intercept.
void set_slope(Trend& trend, std::vector<double>& slopes, double variance, double level) {
  trend.slope = median_in_place(slopes);
  const auto pairs = static_cast<double>(slopes.size());
  const double width = normal_quantile(0.5 * (1 + level)) * std::sqrt(std::max(variance, 0.0));
  const double low = std::round(0.5 * (pairs - width)) - 1;
  const double high = std::round(0.5 * (pairs + width));
  trend.lower = low < 0 ? kUndefined : order_statistic(slopes, static_cast<std::size_t>(low));
  trend.upper = high >= pairs ? kUndefined : order_statistic(slopes, static_cast<std::size_t>(high));
}

void take_values(std::span<const double> t, Series y, TrendScratch& s) {
  PHREATIC_ASSERT(t.size() == y.size());
  s.t.clear();
  s.y.clear();
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (std::isnan(y[i])) continue;
    s.t.push_back(t[i]);
    s.y.push_back(y[i]);
  }
}

double variance_of_signs(std::size_t count, const Ties& ties) {
  const auto n = static_cast<double>(count);
  return (n * (n - 1) * (2 * n + 5) - ties.variance) / 18;
}

Trend undefined(std::size_t n) {
  return {n,          kUndefined, kUndefined, kUndefined, kUndefined, kUndefined,
          kUndefined, kUndefined, kUndefined, kUndefined, kUndefined};
}

}  // namespace

void describe(core::Describer& d, TrendParams& p) {
  d.choice("variance", p.variance,
           {{"independent", TrendVariance::independent}, {"hamed_rao", TrendVariance::hamed_rao}},
           {.help = "Variance of Mann-Kendall's S: of independent values, or corrected for autocorrelation"});
  d.field("level", p.level, {.help = "Of the interval of Sen's slope", .min = 0.5, .max = 0.999});
}

Trend trend_of(std::span<const double> t, Series y, const TrendParams& params, TrendScratch& s) {
  take_values(t, y, s);
  if (s.y.size() < 3) return undefined(s.y.size());
  Trend trend;
  trend.n = s.y.size();
  trend.s = signs(s.y);
  s.sorted = s.y;
  std::sort(s.sorted.begin(), s.sorted.end());
  const Ties ties = ties_of(s.sorted);
  const double independent = variance_of_signs(trend.n, ties);
  s.slopes.clear();
  append_slopes(s.t, s.y, s.slopes);
  set_slope(trend, s.slopes, independent, params.level);
  const bool corrected = params.variance == TrendVariance::hamed_rao && independent > 0;
  trend.variance = corrected ? independent * autocorrelation_factor(s, trend.slope) : independent;
  if (trend.variance < 0) trend.variance = kUndefined;
  set_test(trend);
  const auto n = static_cast<double>(trend.n);
  const double pairs = n * (n - 1) / 2;
  trend.tau = trend.s / pairs;
  trend.tau_b = ties.pairs < pairs ? trend.s / std::sqrt(pairs * (pairs - ties.pairs)) : kUndefined;
  trend.intercept = median(s.sorted) - trend.slope * (median(s.t) - s.t[0]);
  return trend;
}

Trend trend_of(std::span<const double> t, Series y, const TrendParams& params) {
  TrendScratch scratch;
  return trend_of(t, y, params, scratch);
}

Trend seasonal_trend_of(std::span<const double> t, Series y, std::span<const int> season, int count,
                        const TrendParams& params) {
  PHREATIC_ASSERT(season.size() == y.size() && params.variance == TrendVariance::independent);
  Trend trend;
  std::vector<double> slopes;
  std::vector<double> only(y.size());
  TrendScratch s;
  double pairs = 0;
  for (int k = 0; k < count; ++k) {
    for (std::size_t i = 0; i < y.size(); ++i) only[i] = season[i] == k ? y[i] : kUndefined;
    take_values(t, only, s);
    const auto n = static_cast<double>(s.y.size());
    trend.n += s.y.size();
    trend.s += signs(s.y);
    s.sorted = s.y;
    std::sort(s.sorted.begin(), s.sorted.end());
    trend.variance += variance_of_signs(s.y.size(), ties_of(s.sorted));
    pairs += n * (n - 1) / 2;
    append_slopes(s.t, s.y, slopes);
  }
  if (slopes.size() < 2) return undefined(trend.n);
  set_slope(trend, slopes, trend.variance, params.level);
  set_test(trend);
  trend.tau = trend.s / pairs;
  trend.tau_b = kUndefined;
  take_values(t, y, s);
  trend.intercept = median(s.y) - trend.slope * (median(s.t) - s.t[0]);
  return trend;
}

}  // namespace phreatic::stats
