// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/series/gaps.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace phreatic::data {
namespace {

constexpr int kHalfWindowDays = 15;
constexpr int kYearDays = 366;

// Mean over training steps by day of year, each with its neighbourhood; NaN where none was observed.
std::vector<double> climatology(std::span<const double> series, const core::TimeAxis& axis,
                                const StepRange& fit) {
  std::array<double, kYearDays> sum{};
  std::array<std::size_t, kYearDays> count{};
  for (std::size_t t = fit.begin; t < std::min(fit.end, series.size()); ++t) {
    if (std::isnan(series[t])) continue;
    const auto day = static_cast<std::size_t>(core::day_of_year(axis.start(t)) - 1);
    sum[day] += series[t];
    ++count[day];
  }
  std::vector<double> mean(kYearDays, std::nan(""));
  for (int day = 0; day < kYearDays; ++day) {
    double total = 0;
    std::size_t n = 0;
    for (int offset = -kHalfWindowDays; offset <= kHalfWindowDays; ++offset) {
      const auto near = static_cast<std::size_t>((day + offset + kYearDays) % kYearDays);
      total += sum[near];
      n += count[near];
    }
    if (n > 0) mean[static_cast<std::size_t>(day)] = total / static_cast<double>(n);
  }
  return mean;
}

void fill_linear(std::span<double> series, std::size_t first, std::size_t end) {
  const double left = series[first - 1];
  const double right = series[end];
  const auto length = static_cast<double>(end - first + 1);
  for (std::size_t t = first; t < end; ++t) {
    const double share = static_cast<double>(t - first + 1) / length;
    series[t] = left + share * (right - left);
  }
}

}  // namespace

GapResult fill_gaps(std::span<double> series, const core::TimeAxis& axis, const StepRange& fit,
                    GapPolicy policy, int longest_linear, std::span<double> flags) {
  GapResult result;
  std::fill(flags.begin(), flags.end(), 0.0);
  std::size_t begin = 0;
  std::size_t end = series.size();
  while (begin < end && std::isnan(series[begin])) ++begin;
  while (end > begin && std::isnan(series[end - 1])) --end;
  std::vector<double> seasonal;
  for (std::size_t t = begin; t < end; ++t) {
    if (!std::isnan(series[t])) continue;
    std::size_t stop = t;
    while (std::isnan(series[stop])) ++stop;
    const std::size_t length = stop - t;
    if (result.steps == 0) result.first = t;
    result.steps += length;
    result.longest = std::max(result.longest, length);
    if (policy == GapPolicy::linear && length <= static_cast<std::size_t>(longest_linear)) {
      fill_linear(series, t, stop);
      result.filled += length;
    } else if (policy == GapPolicy::zero || policy == GapPolicy::hold) {
      std::fill(series.begin() + static_cast<std::ptrdiff_t>(t),
                series.begin() + static_cast<std::ptrdiff_t>(stop),
                policy == GapPolicy::zero ? 0.0 : series[t - 1]);
      result.filled += length;
    } else if (policy == GapPolicy::climatology || policy == GapPolicy::flag) {
      if (seasonal.empty()) seasonal = climatology(series, axis, fit);
      for (std::size_t i = t; i < stop; ++i) {
        series[i] = seasonal[static_cast<std::size_t>(core::day_of_year(axis.start(i)) - 1)];
        if (std::isnan(series[i])) {
          result.refused = true;
        } else {
          ++result.filled;
        }
        if (!flags.empty()) flags[i] = 1;
      }
    } else if (policy != GapPolicy::keep) {
      result.refused = true;
    }
    t = stop;
  }
  return result;
}

std::string gap_policy_name(GapPolicy policy) {
  switch (policy) {
    case GapPolicy::refuse:
      return "refuse";
    case GapPolicy::linear:
      return "linear";
    case GapPolicy::climatology:
      return "climatology";
    case GapPolicy::flag:
      return "flag";
    case GapPolicy::keep:
      return "keep";
    case GapPolicy::zero:
      return "zero";
    case GapPolicy::hold:
      return "hold";
  }
  return "";
}

}  // namespace phreatic::data
