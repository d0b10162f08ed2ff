// SPDX-License-Identifier: BSD-3-Clause
// Dates and regular time axes. Time is a count of seconds since 1970-01-01T00:00:00 in the proleptic
// Gregorian calendar, without leap seconds or time zones (the time zone is whatever the user's file means).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace phreatic::core {

using Seconds = std::int64_t;
inline constexpr Seconds kSecondsPerDay = 86400;

struct CivilDate {
  int year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31
};

std::int64_t days_from_civil(const CivilDate& date);  // days since 1970-01-01
CivilDate civil_from_days(std::int64_t days);
bool is_valid(const CivilDate& date);
inline std::int64_t day_of(Seconds time) {
  return time >= 0 ? time / kSecondsPerDay : -((-time + kSecondsPerDay - 1) / kSecondsPerDay);
}
int day_of_year(Seconds time);  // 1..366
int year_of(Seconds time);
int month_of(Seconds time);  // 1..12

enum class DateOrder { iso, day_first, month_first };  // 2001-12-31, 31.12.2001 or 31/12/2001, 12/31/2001

// Parses a date with optional time of day ("2001-12-31", "2001-12-31 07:01:00", "2001-12-31T07:01Z",
// "31.12.2001 00:00:00"). Returns nothing when the text is not a valid date of that order. Separators: - / .
std::optional<Seconds> parse_date(std::string_view text, DateOrder order);

std::string format_date(Seconds time);      // "2001-12-31"
std::string format_datetime(Seconds time);  // "2001-12-31T07:01:00"

enum class StepUnit { hour, day, month };

// The step of a regular axis: 1 hour, 1 day, 5 days, 10 days, 7 days, 1 month.
struct Step {
  StepUnit unit = StepUnit::day;
  int count = 1;
  bool operator==(const Step&) const = default;
};
// "hourly", "daily", "5-day", "10-day", "weekly", "monthly", or "<n>-day", "<n>-hour"
std::optional<Step> parse_step(std::string_view text);
std::string format_step(const Step& step);

// A regular axis of `size` steps; step i covers [start(i), start(i + 1)). Labels are the starts.
class TimeAxis {
 public:
  TimeAxis() = default;
  // For months `first` is moved to the first of its month.
  TimeAxis(Seconds first, Step step, std::size_t size);

  std::size_t size() const { return size_; }
  const Step& step() const { return step_; }
  Seconds start(std::size_t index) const;
  Seconds end() const { return size_ == 0 ? first_ : start(size_); }
  // The step that covers `time`, or nothing outside the axis.
  std::optional<std::size_t> index_of(Seconds time) const;
  // The first index whose start is >= time, in [0, size()].
  std::size_t lower_bound(Seconds time) const;
  double mean_step_days() const;
  bool operator==(const TimeAxis&) const = default;

 private:
  Seconds first_ = 0;
  Step step_;
  std::size_t size_ = 0;
};

}  // namespace phreatic::core
