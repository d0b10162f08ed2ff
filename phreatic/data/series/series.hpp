// SPDX-License-Identifier: BSD-3-Clause
// Irregular records put on regular steps. A step holds the mean (levels, temperature) or the sum
// (precipitation, evaporation) of what was observed in it; a step without enough observations is NaN. Method:
// docs/methods/data.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "phreatic/core/calendar.hpp"

namespace phreatic::data {

// Regular steps over all time: step k covers [start(k), start(k + 1)).
class StepGrid {
 public:
  StepGrid() = default;
  // For steps of n days or hours, steps start at anchor + k n; months start at their first day.
  StepGrid(const core::Step& step, core::Seconds anchor);
  std::int64_t index(core::Seconds time) const;
  core::Seconds start(std::int64_t index) const;
  const core::Step& step() const { return step_; }

 private:
  core::Step step_;
  core::Seconds anchor_ = 0;
  core::Seconds length_ = core::kSecondsPerDay;  // of steps that are not months
};

enum class Aggregate { mean, sum };

// Values on consecutive steps of a grid, from step `first` on; NaN = missing.
struct StepSeries {
  std::int64_t first = 0;
  std::vector<double> values;
  std::int64_t end() const { return first + static_cast<std::int64_t>(values.size()); }
};

// One record as read: times in file order and values of several columns.
struct RawSeries {
  std::vector<core::Seconds> times;
  std::vector<std::vector<double>> columns;  // [column][row]
};

enum class Duplicates { same, mean, first, refuse };

// What tidy() found.
struct TidyReport {
  bool was_unordered = false;
  std::size_t duplicates = 0;      // rows merged with an earlier row of the same time
  bool refused = false;            // duplicates that the policy does not allow
  core::Seconds refused_time = 0;  // the first of them
  std::size_t refused_count = 0;
};

// Sorts by time and merges rows of equal time: `same` accepts equal values (and fills a missing one), `mean`
// takes the mean, `first` the first in the file, `refuse` none. Not allowed duplicates keep the first row.
TidyReport tidy(RawSeries& series, Duplicates policy);

// Median distance in time of neighbouring rows of an ordered record, in seconds; 0 with fewer than two rows.
core::Seconds native_step(const std::vector<core::Seconds>& times);

struct AggregateRule {
  Aggregate aggregate = Aggregate::mean;
  double factor = 1;  // value * factor + offset is in the unit wanted
  double offset = 0;
  // A sum of rates per day is a sum of rate * (native step in days).
  bool rate_per_day = false;
  // Share of the native steps of a step that must be present, in (0, 1]; 0 = one value is enough. Sums over
  // fewer than all are scaled up.
  double min_coverage = 0;
};

// `values` has one value per time (ordered, distinct).
StepSeries to_steps(const std::vector<core::Seconds>& times, const std::vector<double>& values,
                    core::Seconds native, const StepGrid& grid, const AggregateRule& rule);

}  // namespace phreatic::data
