// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/standard_index.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/special.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

const std::vector<double>& group_of(const IndexReference& reference, int group) {
  PHREATIC_ASSERT(group >= 0 && static_cast<std::size_t>(group) < reference.groups.size());
  return reference.groups[static_cast<std::size_t>(group)];
}

// (mean rank - 1/2) of a value that is in the group.
double mid_rank(const std::vector<double>& levels, double value) {
  const auto [low, high] = std::equal_range(levels.begin(), levels.end(), value);
  return 0.5 * static_cast<double>((low - levels.begin()) + (high - levels.begin()));
}

}  // namespace

IndexReference index_reference(Series values, std::span<const int> group, int group_count, int min_count) {
  PHREATIC_ASSERT(values.size() == group.size() && group_count > 0);
  IndexReference reference;
  reference.groups.resize(static_cast<std::size_t>(group_count));
  for (std::size_t t = 0; t < values.size(); ++t) {
    PHREATIC_ASSERT(group[t] >= 0 && group[t] < group_count);
    if (!std::isnan(values[t])) reference.groups[static_cast<std::size_t>(group[t])].push_back(values[t]);
  }
  for (auto& levels : reference.groups) {
    if (levels.size() < static_cast<std::size_t>(std::max(min_count, 1))) levels.clear();
    std::sort(levels.begin(), levels.end());
  }
  return reference;
}

double reference_probability(const IndexReference& reference, int group, double value) {
  const std::vector<double>& levels = group_of(reference, group);
  if (levels.empty() || std::isnan(value)) return kUndefined;
  const auto n = static_cast<double>(levels.size());
  if (value < levels.front()) return 0.5 / n;
  if (value > levels.back()) return 1 - 0.5 / n;
  const auto next = std::lower_bound(levels.begin(), levels.end(), value);
  if (*next == value) return mid_rank(levels, value) / n;
  const double a = *(next - 1);
  const double rank_a = mid_rank(levels, a);
  const double rank_b = mid_rank(levels, *next);
  return (rank_a + (rank_b - rank_a) * (value - a) / (*next - a)) / n;
}

std::vector<double> standard_index(const IndexReference& reference, Series values,
                                   std::span<const int> group) {
  PHREATIC_ASSERT(values.size() == group.size());
  std::vector<double> index(values.size());
  for (std::size_t t = 0; t < values.size(); ++t) {
    index[t] = normal_quantile(reference_probability(reference, group[t], values[t]));
  }
  return index;
}

double reference_level(const IndexReference& reference, int group, double p) {
  return quantile(group_of(reference, group), p);
}

NormalClass normal_class(double probability, double low, double high) {
  if (std::isnan(probability)) return NormalClass::undefined;
  if (probability < low) return NormalClass::below;
  return probability > high ? NormalClass::above : NormalClass::near;
}

ClassProbabilities class_probabilities(const IndexReference& reference, int group,
                                       const Calibration& calibration, double simulated, double scale,
                                       double low, double high) {
  PHREATIC_ASSERT(low <= high);
  const double above_low = exceedance(calibration, simulated, scale, reference_level(reference, group, low));
  const double above_high =
      exceedance(calibration, simulated, scale, reference_level(reference, group, high));
  return {1 - above_low, above_low - above_high, above_high};
}

}  // namespace phreatic::stats
