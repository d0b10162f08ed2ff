// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/metrics/flow_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace phreatic::stats {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kLeast = 1e-6;
constexpr std::size_t kFewest = 20;

double logarithm(double flow) { return std::log(std::max(flow, kLeast)); }

// Descending.
double share_bias(const std::vector<double>& observed, const std::vector<double>& simulated) {
  const auto n =
      static_cast<std::ptrdiff_t>(std::max(1.0, std::round(0.02 * static_cast<double>(observed.size()))));
  const double o = std::accumulate(observed.begin(), observed.begin() + n, 0.0);
  const double s = std::accumulate(simulated.begin(), simulated.begin() + n, 0.0);
  return o > 0 ? 100 * (s - o) / o : kMissing;
}

double low_volume(const std::vector<double>& flows) {
  const auto first =
      flows.size() - static_cast<std::size_t>(std::round(0.3 * static_cast<double>(flows.size())));
  double sum = 0;
  for (std::size_t i = first; i < flows.size(); ++i) sum += logarithm(flows[i]) - logarithm(flows.back());
  return sum;
}

double middle_slope(const std::vector<double>& flows) {
  const auto at = [&](double exceeded) {
    return logarithm(
        flows[static_cast<std::size_t>(std::round(exceeded * static_cast<double>(flows.size())))]);
  };
  return at(0.2) - at(0.7);
}

void peak_scores(Series observed, Series simulated, std::size_t apart, std::size_t window, FlowScores& out) {
  double sum = 0, squares = 0, n = 0;
  for (const double o : observed) {
    if (std::isnan(o)) continue;
    sum += o;
    squares += o * o;
    ++n;
  }
  const double mean = sum / n;
  const double least = mean + std::sqrt(std::max(0.0, squares / n - mean * mean));
  double timing = 0, error = 0;
  for (std::size_t t = 0; t < observed.size(); ++t) {
    if (!(observed[t] > least)) continue;
    const auto around = [&](std::size_t reach) {
      return std::pair{t - std::min(t, reach), std::min(observed.size(), t + reach + 1)};
    };
    const auto [from, to] = around(apart);
    bool highest = true;
    for (std::size_t i = from; highest && i < to; ++i)
      highest = i == t || !(observed[i] > observed[t] || (observed[i] == observed[t] && i < t));
    if (!highest) continue;
    const auto [first, end] = around(window);
    std::size_t best = end;
    for (std::size_t i = first; i < end; ++i) {
      if (!std::isnan(simulated[i]) && (best == end || simulated[i] > simulated[best])) best = i;
    }
    if (best == end) continue;
    ++out.peaks;
    timing += std::abs(static_cast<double>(best) - static_cast<double>(t));
    error += 100 * std::abs(simulated[best] / observed[t] - 1);
  }
  if (out.peaks == 0) return;
  out.peak_timing = timing / static_cast<double>(out.peaks);
  out.peak_error = error / static_cast<double>(out.peaks);
}

}  // namespace

FlowScores flow_scores(Series observed, Series simulated, std::size_t apart, std::size_t window) {
  FlowScores out{kMissing, kMissing, kMissing, kMissing, kMissing, 0};
  std::vector<double> o, s;
  for (std::size_t t = 0; t < observed.size(); ++t) {
    if (std::isnan(observed[t]) || std::isnan(simulated[t])) continue;
    o.push_back(observed[t]);
    s.push_back(simulated[t]);
  }
  if (o.size() < kFewest) return out;
  std::sort(o.begin(), o.end(), std::greater<>());
  std::sort(s.begin(), s.end(), std::greater<>());
  out.fhv = share_bias(o, s);
  const double low = low_volume(o);
  if (low > 0) out.flv = -100 * (low_volume(s) - low) / low;
  const double slope = middle_slope(o);
  if (slope > 0) out.fms = 100 * (middle_slope(s) / slope - 1);
  peak_scores(observed, simulated, apart, window, out);
  return out;
}

void append_flow_metrics(MetricTable& table, const MetricKey& key, Series observed, Series simulated) {
  const FlowScores scores = flow_scores(observed, simulated);
  const auto add = [&](const char* metric, double value) {
    table.push_back({key.entity, key.variable, key.period, metric, value, key.model, key.weather});
  };
  add("FHV", scores.fhv);
  add("FLV", scores.flv);
  add("FMS", scores.fms);
  add("peak_timing", scores.peak_timing);
  add("peak_error", scores.peak_error);
  add("peaks", static_cast<double>(scores.peaks));
}

}  // namespace phreatic::stats
