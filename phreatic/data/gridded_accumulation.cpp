// SPDX-License-Identifier: BSD-3-Clause
// Amounts from values that accumulate over the day (ERA5-Land: total precipitation, evaporation, radiation since 00 UTC).
#include <algorithm>
#include <cmath>

#include "phreatic/data/gridded.hpp"

namespace phreatic::data {
namespace {

// 00 h holds the whole day before: it is the last value of that day.
std::int64_t day_of_accumulation(core::Seconds time) { return core::day_of(time - 1); }

core::Seconds step_of(const std::vector<core::Seconds>& times) {
  core::Seconds step = core::kSecondsPerDay;
  for (std::size_t t = 1; t < times.size(); ++t) step = std::min(step, times[t] - times[t - 1]);
  return step;
}

}  // namespace

bool accumulates(const std::vector<core::Seconds>& times, const std::vector<std::vector<double>>& values) {
  const core::Seconds step = step_of(times);
  if (times.size() < 8 || step > core::kSecondsPerDay / 4) return false;
  bool any = false;
  for (const std::vector<double>& series : values) {
    int starts_anew = 0;
    int goes_on = 0;
    int rises = 0;
    double highest = 0;
    for (const double v : series) highest = std::max(highest, std::isnan(v) ? 0 : std::abs(v));
    for (std::size_t t = 1; t < times.size(); ++t) {
      const double change = std::abs(series[t]) - std::abs(series[t - 1]);
      if (day_of_accumulation(times[t]) != day_of_accumulation(times[t - 1])) {
        if (rises >= 2) ++(change < 0 ? starts_anew : goes_on);
        rises = 0;
        continue;
      }
      if (std::isnan(change)) continue;
      // Packed values may fall by their rounding.
      if (change < -1e-3 * highest) return false;
      if (change > 1e-6 * highest) ++rises;
    }
    if (goes_on * 5 > starts_anew) return false;
    if (starts_anew >= 3) any = true;
  }
  return any;
}

void take_differences(GridSeries& series) {
  const core::Seconds step = step_of(series.times);
  for (std::vector<double>& values : series.values) {
    std::vector<double> amounts(values.size(), std::nan(""));
    for (std::size_t t = 0; t < values.size(); ++t) {
      const core::Seconds start = series.times[t] - step;
      const bool first_of_day = day_of_accumulation(series.times[t]) * core::kSecondsPerDay == start;
      if (first_of_day) {
        amounts[t] = values[t];
      } else if (t > 0 && series.times[t - 1] == start) {
        amounts[t] = values[t] - values[t - 1];
      }
    }
    values = std::move(amounts);
  }
  for (core::Seconds& time : series.times) time -= step;
}

}  // namespace phreatic::data
