// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/trend.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/stats/series/lanes/pair_slopes.hpp"
#include "phreatic/stats/special.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

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

double median_with(const std::vector<double>& values, std::vector<double>& work) {
  work = values;
  const auto half = static_cast<std::ptrdiff_t>(work.size() / 2);
  std::nth_element(work.begin(), work.begin() + half, work.end());
  const double upper = work[static_cast<std::size_t>(half)];
  return work.size() % 2 == 1 ? upper : 0.5 * (upper + *std::max_element(work.begin(), work.begin() + half));
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

// r_k of values less their mean, k = 0 .. count - 1, each divided by n.
std::vector<double> autocorrelations(const std::vector<double>& values, std::size_t count) {
  double mean = 0;
  for (const double v : values) mean += v;
  mean /= static_cast<double>(values.size());
  std::vector<double> r(std::min(count, values.size()), 0.0);
  for (std::size_t k = 0; k < r.size(); ++k) {
    for (std::size_t i = k; i < values.size(); ++i) r[k] += (values[i] - mean) * (values[i - k] - mean);
  }
  const double squares = r.empty() ? 0 : r[0];
  for (double& v : r) v = squares > 0 ? v / squares : 0;
  return r;
}

std::vector<double> without_trend(const TrendScratch& s, double slope) {
  std::vector<double> rest(s.y.size());
  for (std::size_t i = 0; i < rest.size(); ++i) rest[i] = s.y[i] - slope * s.t[i];
  return rest;
}

// hamedrao1998's factor of Var S.
double hamed_rao_factor(const TrendScratch& s, double slope) {
  const std::vector<double> ranks = ranks_of(without_trend(s, slope));
  const auto n = static_cast<double>(ranks.size());
  const std::vector<double> r = autocorrelations(ranks, ranks.size());
  const double limit = normal_quantile(0.975) / std::sqrt(n);
  double sum = 0;
  for (std::size_t k = 1; k < r.size(); ++k) {
    const double left = n - static_cast<double>(k);
    if (std::abs(r[k]) > limit) sum += left * (left - 1) * (left - 2) * r[k];
  }
  return 1 + 2 / (n * (n - 1) * (n - 2)) * sum;
}

// yuewang2004's factor of Var S.
double yue_wang_factor(const TrendScratch& s, double slope) {
  const std::vector<double> r = autocorrelations(without_trend(s, slope), s.y.size());
  const auto n = static_cast<double>(r.size());
  double sum = 0;
  for (std::size_t k = 1; k < r.size(); ++k) sum += (1 - static_cast<double>(k) / n) * r[k];
  return 1 + 2 * sum;
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

// Slope and its interval by the ranks of S (with `variance` of S).
void set_slope(Trend& trend, lanes::PairSlopes& slopes, double variance, double level) {
  const auto pairs = static_cast<double>(slopes.size());
  const double width = normal_quantile(0.5 * (1 + level)) * std::sqrt(std::max(variance, 0.0));
  const double low = std::round(0.5 * (pairs - width)) - 1;
  const double high = std::round(0.5 * (pairs + width));
  const std::size_t half = (slopes.size() - 1) / 2;
  const std::size_t ranks[3] = {half, low < 0 ? half : static_cast<std::size_t>(low),
                                high >= pairs ? half : static_cast<std::size_t>(high)};
  double at[3];
  slopes.order_statistics(ranks, slopes.size() % 2 == 0, at);
  trend.slope = at[0];
  trend.lower = low < 0 ? kUndefined : at[1];
  trend.upper = high >= pairs ? kUndefined : at[2];
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

Ties ties_among(std::vector<double>& sorted, const std::vector<double>& y) {
  sorted = y;
  std::sort(sorted.begin(), sorted.end());
  return ties_of(sorted);
}

// The series whose test stands for that of s.y, at the times of its values.
std::vector<double> whitened(const TrendScratch& s, Whitening kind, double slope) {
  const double taken = kind == Whitening::trend_free ? slope : 0;
  const std::vector<double> rest = without_trend(s, taken);
  const double r = autocorrelations(rest, 2)[1];
  std::vector<double> out;
  for (std::size_t i = 1; i < rest.size(); ++i) out.push_back(rest[i] - r * rest[i - 1] + taken * s.t[i]);
  return out;
}

void set_signs(Trend& trend, const lanes::PairSlopes& pairs) {
  trend.s = static_cast<double>(pairs.greater() - pairs.less());
}

Trend undefined(std::size_t n) {
  return {n,          kUndefined, kUndefined, kUndefined, kUndefined, kUndefined,
          kUndefined, kUndefined, kUndefined, kUndefined, kUndefined};
}

}  // namespace

void describe(core::Describer& d, TrendParams& p) {
  d.choice("variance", p.variance,
           {{"independent", TrendVariance::independent},
            {"hamed_rao", TrendVariance::hamed_rao},
            {"yue_wang", TrendVariance::yue_wang}},
           {.help = "Variance of Mann-Kendall's S: of independent values, or corrected for autocorrelation"});
  d.choice(
      "whitening", p.whitening,
      {{"none", Whitening::none}, {"lag_one", Whitening::lag_one}, {"trend_free", Whitening::trend_free}},
      {.help = "Autocorrelation taken off before the test, of the series or of the series less its trend"});
  d.field("level", p.level, {.help = "Of the interval of Sen's slope", .min = 0.5, .max = 0.999});
}

TrendScratch::TrendScratch(core::Isa isa)
    : pairs(std::make_unique<lanes::PairSlopes>(lanes::lane_kernels(isa))) {}
TrendScratch::~TrendScratch() = default;
TrendScratch::TrendScratch(TrendScratch&&) noexcept = default;
TrendScratch& TrendScratch::operator=(TrendScratch&&) noexcept = default;

Trend trend_of(std::span<const double> t, Series y, const TrendParams& params, TrendScratch& s) {
  PHREATIC_ASSERT(params.whitening == Whitening::none || params.variance == TrendVariance::independent);
  take_values(t, y, s);
  if (s.y.size() < 3) return undefined(s.y.size());
  Trend trend;
  trend.n = s.y.size();
  s.pairs->clear();
  s.pairs->add(t, y);
  set_signs(trend, *s.pairs);
  const auto n = static_cast<double>(trend.n);
  const double pairs = n * (n - 1) / 2;
  const bool tied = static_cast<double>(s.pairs->greater() + s.pairs->less()) < pairs;
  const Ties ties = tied ? ties_among(s.sorted, s.y) : Ties{};
  trend.variance = variance_of_signs(trend.n, ties);
  set_slope(trend, *s.pairs, trend.variance, params.level);
  trend.tau = trend.s / pairs;
  trend.tau_b = ties.pairs < pairs ? trend.s / std::sqrt(pairs * (pairs - ties.pairs)) : kUndefined;
  if (trend.variance > 0 && params.variance == TrendVariance::hamed_rao)
    trend.variance *= hamed_rao_factor(s, trend.slope);
  if (trend.variance > 0 && params.variance == TrendVariance::yue_wang)
    trend.variance *= yue_wang_factor(s, trend.slope);
  if (trend.variance < 0) trend.variance = kUndefined;
  trend.intercept = median_with(s.y, s.sorted) - trend.slope * (median_with(s.t, s.sorted) - s.t[0]);
  if (params.whitening != Whitening::none && trend.n > 3) {
    const std::vector<double> white = whitened(s, params.whitening, trend.slope);
    s.pairs->clear();
    s.pairs->add(std::span(s.t).subspan(1), white);
    set_signs(trend, *s.pairs);
    trend.variance = variance_of_signs(white.size(), ties_among(s.sorted, white));
    trend.tau = trend.s / ((n - 1) * (n - 2) / 2);
    trend.tau_b = kUndefined;
  }
  set_test(trend);
  return trend;
}

std::vector<Trend> trends_of(std::span<const double> t, std::span<const double> values, std::size_t series,
                             const TrendParams& params, core::Isa isa) {
  PHREATIC_ASSERT(values.size() == series * t.size());
  std::vector<Trend> trends(series);
  constexpr std::size_t chunk = 64;  // series that share one scratch
  core::parallel_for((series + chunk - 1) / chunk, [&](std::size_t c) {
    TrendScratch scratch(isa);
    for (std::size_t i = c * chunk; i < std::min(series, (c + 1) * chunk); ++i)
      trends[i] = trend_of(t, values.subspan(i * t.size(), t.size()), params, scratch);
  });
  return trends;
}

Trend trend_of(std::span<const double> t, Series y, const TrendParams& params) {
  TrendScratch scratch;
  return trend_of(t, y, params, scratch);
}

Trend seasonal_trend_of(std::span<const double> t, Series y, std::span<const int> season, int count,
                        const TrendParams& params) {
  PHREATIC_ASSERT(season.size() == y.size() && params.variance == TrendVariance::independent);
  Trend trend;
  std::vector<double> only(y.size());
  TrendScratch s;
  double pairs = 0;
  for (int k = 0; k < count; ++k) {
    for (std::size_t i = 0; i < y.size(); ++i) only[i] = season[i] == k ? y[i] : kUndefined;
    take_values(t, only, s);
    const auto n = static_cast<double>(s.y.size());
    trend.n += s.y.size();
    trend.variance += variance_of_signs(s.y.size(), ties_among(s.sorted, s.y));
    pairs += n * (n - 1) / 2;
    s.pairs->add(s.t, s.y);
  }
  if (s.pairs->size() < 2) return undefined(trend.n);
  set_signs(trend, *s.pairs);
  set_slope(trend, *s.pairs, trend.variance, params.level);
  set_test(trend);
  trend.tau = trend.s / pairs;
  trend.tau_b = kUndefined;
  take_values(t, y, s);
  trend.intercept = median(s.y) - trend.slope * (median(s.t) - s.t[0]);
  return trend;
}

}  // namespace phreatic::stats
