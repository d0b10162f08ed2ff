// SPDX-License-Identifier: BSD-3-Clause
// Smooth functions of the day of the year, for series of any step. Days are 1..366 as core::day_of_year gives
// them; the distance between two days is taken around the year of 365.25 days.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {

// One value for each day of the year, [day - 1].
using YearTable = std::array<double, 366>;

// Day of the year of each step's start.
std::vector<int> days_of_year(const core::TimeAxis& axis);
// Mean number of steps in 365.25 days; 1 for an axis of one step.
double steps_per_year(const core::TimeAxis& axis);

// Weighted mean of the values within half_width_days, tricube weight (1 - (d / h)^3)^3; NaN on days that see
// no value. half_width_days > 0.
YearTable seasonal_mean(Series values, std::span<const int> days, double half_width_days);

// Quantile at probability p of the values within half_width_days (all weigh the same); NaN as above.
YearTable seasonal_quantile(Series values, std::span<const int> days, double half_width_days, double p);

// Least squares of a constant and `harmonics` pairs of sine and cosine. With fewer values than 2 (2
// harmonics + 1), fewer pairs are fitted; all NaN without a value.
YearTable seasonal_harmonics(Series values, std::span<const int> days, int harmonics);

std::vector<double> expand(const YearTable& table, std::span<const int> days);

}  // namespace phreatic::stats
