// SPDX-License-Identifier: BSD-3-Clause
// Dates and times as people write them: year first, day first or month first; with offsets from UTC, a
// 12-hour clock, names of months, years of two digits; in one cell or in several.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "phreatic/core/calendar.hpp"

namespace phreatic::data::io {

// How times are read.
struct TimeFormat {
  core::DateOrder order = core::DateOrder::iso;
  // Times that carry an offset from UTC are converted to this one (minutes); nothing: taken as written.
  std::optional<int> to_offset_minutes;
  int first_two_digit_year = 1970;  // years of two digits stand for this one and the 99 after it
};

// What a text turned out to hold.
struct TimeMarks {
  std::optional<int> offset_minutes;
  bool two_digit_year = false;
  bool month_name = false;
  bool twelve_hours = false;
  std::int32_t clock_second = 0;  // of the day, as written
};

// False for what is no time. `day` since 1970-01-01, `second` of that day.
bool read_time(std::string_view text, const TimeFormat& format, std::int64_t& day, std::int32_t& second,
               TimeMarks* marks = nullptr);

// Cells of several columns: date and time of day ("2012-01-31" "06:00", also "6" or "0600"), or year, month,
// day and, where given, hour, minute, second. An hour of 24 is midnight of the next day.
bool read_time_parts(const std::vector<std::string>& parts, const TimeFormat& format, std::int64_t& day,
                     std::int32_t& second, TimeMarks* marks = nullptr);

// "+01:00", "UTC", "Z", "-0330" in minutes.
std::optional<int> parse_offset(std::string_view text);
std::string offset_text(int minutes);  // "UTC", "+01:00"

// Why a text is no time, where that can be told: "it ends with the time zone 'CET' ..."; else "".
std::string why_no_time(std::string_view text);

}  // namespace phreatic::data::io
