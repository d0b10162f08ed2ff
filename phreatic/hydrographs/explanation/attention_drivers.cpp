// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/explanation/attention_drivers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/data/series/derive.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::hydrographs {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kFewestPairs = 20;
constexpr double kBlockDays = 60;  // weather remembers weeks
constexpr std::size_t kResamples = 500;
constexpr std::size_t kWaves = 5;
using Normal = std::array<std::array<double, kWaves + 1>, kWaves>;  // matrix and right side

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = stats::mean(a), mean_b = stats::mean(b);
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : kMissing;
}

std::array<double, kWaves> waves_at(const core::TimeAxis& axis, std::size_t step) {
  const double angle = 2 * std::numbers::pi * data::season_phase(axis, step);
  return {1, std::cos(angle), std::sin(angle), std::cos(2 * angle), std::sin(2 * angle)};
}

// Gauss-Jordan with pivots; false where the waves cannot be told apart.
bool solve(Normal& m) {
  for (std::size_t c = 0; c < kWaves; ++c) {
    std::size_t pivot = c;
    for (std::size_t r = c; r < kWaves; ++r)
      if (std::abs(m[r][c]) > std::abs(m[pivot][c])) pivot = r;
    if (std::abs(m[pivot][c]) < 1e-9) return false;
    std::swap(m[c], m[pivot]);
    for (std::size_t r = 0; r < kWaves; ++r) {
      if (r == c) continue;
      const double factor = m[r][c] / m[c][c];
      for (std::size_t k = c; k <= kWaves; ++k) m[r][k] -= factor * m[c][k];
    }
  }
  return true;
}

// Sum and number of what was added.
struct Mean {
  double sum = 0, count = 0;
  void add(double v) {
    if (std::isnan(v)) return;
    sum += v;
    count += 1;
  }
  double value() const { return count > 0 ? sum / count : kMissing; }
};

}  // namespace

AttentionOverTime attention_over_time(const Prepared& prepared, std::span<const double> attended) {
  const data::Panel& panel = prepared.panel;
  const std::size_t times = panel.time_count();
  PHREATIC_ASSERT(attended.size() == panel.entity_count() * times);
  constexpr double kSpanDays = 10;
  const auto span =
      static_cast<std::size_t>(std::max(1.0, std::round(kSpanDays / panel.axis.mean_step_days())));
  AttentionOverTime out;
  for (const std::size_t v : prepared.drivers) {
    out.drivers.push_back(panel.variables[v].name);
    out.units.push_back(panel.variables[v].unit);
  }
  out.values.resize(out.drivers.size());
  for (std::size_t begin = 0; begin < times; begin += span) {
    Mean attention;
    std::vector<Mean> drivers(out.drivers.size());
    for (std::size_t t = begin; t < std::min(begin + span, times); ++t) {
      for (std::size_t e = 0; e < panel.entity_count(); ++e) {
        if (std::isnan(attended[e * times + t])) continue;
        attention.add(attended[e * times + t]);
        for (std::size_t d = 0; d < drivers.size(); ++d)
          drivers[d].add(panel.series(e, prepared.drivers[d])[t]);
      }
    }
    if (!(attention.count > 0)) continue;
    out.starts.push_back(panel.axis.start(begin));
    out.attention.push_back(attention.value());
    for (std::size_t d = 0; d < drivers.size(); ++d) out.values[d].push_back(drivers[d].value());
  }
  return out;
}

CorrelationInterval block_correlation(std::span<const double> a, std::span<const double> b, std::size_t block,
                                      std::size_t resamples, std::uint64_t stream) {
  PHREATIC_ASSERT(a.size() == b.size() && block > 0);
  std::vector<double> x, y;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) continue;
    x.push_back(a[i]);
    y.push_back(b[i]);
  }
  if (x.size() < kFewestPairs) return {kMissing, kMissing, kMissing};
  core::RandomStream random(1, "attention blocks", stream);
  std::vector<double> drawn, left(x.size()), right(x.size());
  for (std::size_t s = 0; s < resamples; ++s) {
    for (std::size_t at = 0; at < x.size(); at += block) {
      const auto from = static_cast<std::size_t>(random.uniform() * static_cast<double>(x.size()));
      for (std::size_t k = 0; k < block && at + k < x.size(); ++k) {
        left[at + k] = x[(from + k) % x.size()];
        right[at + k] = y[(from + k) % x.size()];
      }
    }
    const double r = pearson(left, right);
    if (!std::isnan(r)) drawn.push_back(r);
  }
  if (drawn.empty()) return {kMissing, kMissing, kMissing};
  return {pearson(x, y), stats::quantile(drawn, 0.025), stats::quantile(drawn, 0.975)};
}

std::vector<double> without_season(const core::TimeAxis& axis, std::span<const double> values) {
  Normal normal{};
  std::size_t first = values.size(), last = 0;
  for (std::size_t t = 0; t < values.size(); ++t) {
    if (std::isnan(values[t])) continue;
    first = std::min(first, t);
    last = t;
    const std::array<double, kWaves> w = waves_at(axis, t);
    for (std::size_t i = 0; i < kWaves; ++i) {
      for (std::size_t k = 0; k < kWaves; ++k) normal[i][k] += w[i] * w[k];
      normal[i][kWaves] += w[i] * values[t];
    }
  }
  std::vector<double> out(values.size(), kMissing);
  constexpr double kTwoYears = 2 * 365.25;
  if (first >= last || static_cast<double>(last - first + 1) * axis.mean_step_days() < kTwoYears - 2)
    return out;
  if (!solve(normal)) return out;
  for (std::size_t t = 0; t < values.size(); ++t) {
    if (std::isnan(values[t])) continue;
    const std::array<double, kWaves> w = waves_at(axis, t);
    out[t] = values[t];
    for (std::size_t i = 0; i < kWaves; ++i) out[t] -= w[i] * normal[i][kWaves] / normal[i][i];
  }
  return out;
}

std::vector<AttentionDriver> attention_against_drivers(const Prepared& prepared,
                                                       std::span<const double> attended) {
  const data::Panel& panel = prepared.panel;
  const std::size_t times = panel.time_count();
  PHREATIC_ASSERT(attended.size() == panel.entity_count() * times);
  const auto block =
      static_cast<std::size_t>(std::max(1.0, std::round(kBlockDays / panel.axis.mean_step_days())));
  std::vector<AttentionDriver> out;
  for (std::size_t e = 0; e < panel.entity_count(); ++e) {
    const std::span<const double> attention = attended.subspan(e * times, times);
    const std::vector<double> anomaly = without_season(panel.axis, attention);
    for (const std::size_t v : prepared.drivers) {
      const auto series = panel.series(e, v);
      std::vector<double> driver(times, kMissing);  // where there is attention
      std::size_t steps = 0;
      for (std::size_t t = 0; t < times; ++t) {
        if (std::isnan(attention[t]) || std::isnan(series[t])) continue;
        driver[t] = series[t];
        ++steps;
      }
      if (steps == 0) continue;
      const std::uint64_t stream = e * panel.variables.size() + v;
      out.push_back({panel.entities[e], panel.variables[v].name, steps,
                     block_correlation(attention, driver, block, kResamples, 2 * stream),
                     block_correlation(anomaly, without_season(panel.axis, driver), block, kResamples,
                                       2 * stream + 1)});
    }
  }
  return out;
}

}  // namespace phreatic::hydrographs
