// SPDX-License-Identifier: BSD-3-Clause
// The year that stands for the climate: whose cumulative precipitation surplus (precipitation less reference
// evapotranspiration) stays within a band of the climatology for most of its days.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/studies/recharge/page/tables.hpp"
#include "phreatic/studies/recharge/settings.hpp"

namespace phreatic::studies::recharge {

struct DailySurplus {
  core::Seconds first = 0;         // day of the first value
  std::vector<double> surplus_mm;  // by day; NaN where the weather is missing
  std::string evapotranspiration;  // "as given", or "Makkink"
};
// Throws InputError with everything that is wrong: columns, dates that do not follow each other, values.
DailySurplus read_surplus(const YearParams& params, const std::string& study_file);

constexpr std::size_t kDaysOfYear = 365;  // 29 February is left out

struct ComparedYear {
  core::Seconds first = 0;
  std::vector<double> cumulative_mm;  // [365]
  double share_within = 0;            // of its days between the climatology's quantiles
  double distance_mm = 0;             // mean absolute distance to the median, by which ties are decided
};
struct RepresentativeYear {
  std::vector<double> low, median, high;  // [365] mm
  std::vector<ComparedYear> years;        // complete ones
  std::size_t incomplete = 0;             // left out: a day is missing
  std::size_t best = 0;
};
// Throws InputError when fewer than five years are complete.
RepresentativeYear representative_year(const DailySurplus& surplus, const YearParams& params,
                                       const std::string& study_file);

// day of the year, low, median, high, and a column for each year.
Table year_table(const RepresentativeYear& year);

}  // namespace phreatic::studies::recharge
