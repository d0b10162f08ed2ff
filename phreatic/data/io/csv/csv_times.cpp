// SPDX-License-Identifier: BSD-3-Clause
// How times are written in a CSV file. A first number above 12 in any sample row means day first, a second
// number above 12 month first; neither is refused as ambiguous.
#include <fmt/format.h>

#include <optional>

#include "phreatic/data/io/csv/csv_internal.hpp"

namespace phreatic::data::io::csv {
namespace {

constexpr std::size_t kEnough = 200;  // rows after which evidence found is believed

enum class OrderGuess { iso, day_first, month_first, ambiguous, both, none };

// What the times of the first rows tell.
struct DateEvidence {
  bool iso = false;
  bool day_first = false;
  bool month_first = false;
  bool dots = false;
  bool any = false;
  std::string example;
  bool two_digit_year = false;
  bool month_name = false;
  bool twelve_hours = false;
  std::optional<int> offset_minutes;  // the first
  bool offsets_differ = false;
  bool same_clock = true;  // every time has the same time of day
  std::optional<std::int32_t> clock;
};

void gather(const std::string& cell, DateEvidence& evidence) {
  std::int64_t day = 0;
  std::int32_t second = 0;
  TimeMarks marks;
  const bool iso = read_time(cell, {.order = core::DateOrder::iso}, day, second, &marks);
  if (iso) {
    evidence.iso = true;
  } else {
    const bool as_day_first = read_time(cell, {.order = core::DateOrder::day_first}, day, second, &marks);
    const bool as_month_first = read_time(cell, {.order = core::DateOrder::month_first}, day, second, &marks);
    if (!as_day_first && !as_month_first) return;
    evidence.example = cell;
    evidence.day_first |= as_day_first && !as_month_first;
    evidence.month_first |= as_month_first && !as_day_first;
    evidence.dots |= cell.find('.') < 3;
  }
  evidence.any = true;
  evidence.two_digit_year |= marks.two_digit_year;
  evidence.month_name |= marks.month_name;
  evidence.twelve_hours |= marks.twelve_hours;
  evidence.same_clock = evidence.same_clock && (!evidence.clock || *evidence.clock == marks.clock_second);
  evidence.clock = marks.clock_second;
  if (!marks.offset_minutes) return;
  evidence.offsets_differ |= evidence.offset_minutes && *evidence.offset_minutes != *marks.offset_minutes;
  if (!evidence.offset_minutes) evidence.offset_minutes = marks.offset_minutes;
}

OrderGuess conclude(const DateEvidence& evidence) {
  if (!evidence.any) return OrderGuess::none;
  if (evidence.day_first && evidence.month_first) return OrderGuess::both;
  if (evidence.day_first) return OrderGuess::day_first;
  if (evidence.month_first) return OrderGuess::month_first;
  if (evidence.iso) return OrderGuess::iso;
  return evidence.dots ? OrderGuess::day_first : OrderGuess::ambiguous;
}

DateEvidence gather_all(const Sample& sample, std::size_t time_column, char separator) {
  DateEvidence evidence;
  for (std::size_t i = 0; i < sample.rows.size(); ++i) {
    if (evidence.iso && i >= kEnough / 10) break;
    if ((evidence.day_first || evidence.month_first) && i >= kEnough) break;
    const std::vector<std::string> cells = split_line(sample.rows[i], separator);
    if (time_column < cells.size()) gather(cells[time_column], evidence);
  }
  return evidence;
}

// False when a problem was added.
bool detect_order(const DateEvidence& evidence, const std::string& file, const std::string& where,
                  Layout& layout, core::Problems& problems) {
  switch (conclude(evidence)) {
    case OrderGuess::day_first:
      layout.time.order = core::DateOrder::day_first;
      return true;
    case OrderGuess::month_first:
      layout.time.order = core::DateOrder::month_first;
      return true;
    case OrderGuess::ambiguous:
    case OrderGuess::both:
      problems.add(
          {.file = file,
           .where = where,
           .what = fmt::format("dates such as '{}' can be read day first and month first", evidence.example),
           .allowed = "date_order: day_first or date_order: month_first",
           .mend = "Declare date_order for this source"});
      return false;
    default:
      layout.time.order = core::DateOrder::iso;
      return true;
  }
}

std::string order_name(core::DateOrder order) {
  if (order == core::DateOrder::day_first) return "dates day first";
  return order == core::DateOrder::month_first ? "dates month first" : "dates year first";
}

// Offsets from UTC: a daily record keeps its dates; a record whose offset changes with the season is put on
// the offset of its first row; what is declared is obeyed.
bool set_offsets(const DateEvidence& evidence, const CsvRequest& request, const std::string& file,
                 Layout& layout, std::vector<std::string>& said, core::Problems& problems) {
  if (!request.dialect.time_zone.empty()) {
    layout.time.to_offset_minutes = parse_offset(request.dialect.time_zone);
    if (!layout.time.to_offset_minutes) {
      problems.add(
          {.file = file,
           .where = request.where,
           .what = fmt::format("time_zone '{}' is not an offset from UTC", request.dialect.time_zone),
           .allowed = "UTC, or such as +01:00"});
      return false;
    }
    if (evidence.offset_minutes)
      said.push_back("times are converted to " + offset_text(*layout.time.to_offset_minutes));
    return true;
  }
  if (!evidence.offset_minutes) return true;
  const std::string first = offset_text(*evidence.offset_minutes);
  if (evidence.same_clock) {
    layout.doubts.push_back(
        fmt::format("times carry an offset from UTC ({}{}); the date and clock are taken as written; "
                    "time_zone: UTC converts them",
                    first, evidence.offsets_differ ? " and others" : ""));
    return true;
  }
  layout.time.to_offset_minutes = evidence.offset_minutes;
  layout.doubts.push_back(
      fmt::format("times carry an offset from UTC; all are put on the clock of {}, the first row's; "
                  "time_zone: UTC converts them",
                  first));
  return true;
}

void say_times(const DateEvidence& evidence, const CsvRequest& request, Layout& layout,
               std::vector<std::string>& said) {
  if (evidence.month_name) said.push_back("names of months");
  if (evidence.twelve_hours) said.push_back("12-hour clock");
  const int first = request.dialect.first_two_digit_year;
  if (evidence.two_digit_year && first != CsvDialect{}.first_two_digit_year)
    said.push_back(fmt::format("years of two digits are {} to {}", first, first + 99));
  if (!evidence.two_digit_year || first != CsvDialect{}.first_two_digit_year) return;
  layout.doubts.push_back(
      fmt::format("years have two digits and are taken as {} to {}; two_digit_years: 1930 would begin there",
                  first, first + 99));
}

}  // namespace

bool detect_times(const Sample& sample, const CsvRequest& request, const std::string& file, Layout& layout,
                  std::vector<std::string>& said, core::Problems& problems) {
  layout.time.first_two_digit_year = request.dialect.first_two_digit_year;
  const std::size_t column = find_time_column(layout.header, request.time, request.id);
  const bool by_year = request.more_time.size() >= 2;
  const DateEvidence evidence = by_year ? DateEvidence{} : gather_all(sample, column, layout.separator);
  if (request.dialect.date_order == "day_first") {
    layout.time.order = core::DateOrder::day_first;
  } else if (request.dialect.date_order == "month_first") {
    layout.time.order = core::DateOrder::month_first;
  } else if (request.dialect.date_order == "auto" && !by_year) {
    if (!detect_order(evidence, file, request.where, layout, problems)) return false;
    said.push_back(order_name(layout.time.order));
  }
  say_times(evidence, request, layout, said);
  return set_offsets(evidence, request, file, layout, said, problems);
}

}  // namespace phreatic::data::io::csv
