// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/calendar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace phreatic::core {
namespace {

constexpr Seconds kSecondsPerHour = 3600;

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in_month(int year, int month) {
  static constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

// Reads an unsigned number of at most `max_digits` digits; returns false when there is none.
bool read_number(std::string_view& text, int max_digits, int& value, int* digits = nullptr) {
  int n = 0;
  value = 0;
  while (n < max_digits && !text.empty() && text.front() >= '0' && text.front() <= '9') {
    value = value * 10 + (text.front() - '0');
    text.remove_prefix(1);
    ++n;
  }
  if (digits != nullptr) *digits = n;
  return n > 0;
}

bool read_separator(std::string_view& text, char& separator) {
  if (text.empty()) return false;
  const char ch = text.front();
  if (ch != '-' && ch != '/' && ch != '.') return false;
  if (separator != 0 && separator != ch) return false;
  separator = ch;
  text.remove_prefix(1);
  return true;
}

std::optional<CivilDate> read_civil(std::string_view& text, DateOrder order) {
  int a = 0;
  int b = 0;
  int c = 0;
  int year_digits = 0;
  char separator = 0;
  CivilDate date;
  if (order == DateOrder::iso) {
    if (!read_number(text, 4, a, &year_digits) || year_digits != 4) return std::nullopt;
    if (!text.empty() && text.front() >= '0' && text.front() <= '9') {  // compact 20011231
      if (text.size() < 4) return std::nullopt;
      int month_digits = 0;
      int day_digits = 0;
      if (!read_number(text, 2, b, &month_digits) || !read_number(text, 2, c, &day_digits))
        return std::nullopt;
      if (month_digits != 2 || day_digits != 2) return std::nullopt;
      date = {a, b, c};
    } else {
      if (!read_separator(text, separator) || !read_number(text, 2, b)) return std::nullopt;
      if (!read_separator(text, separator) || !read_number(text, 2, c)) return std::nullopt;
      date = {a, b, c};
    }
  } else {
    if (!read_number(text, 2, a) || !read_separator(text, separator)) return std::nullopt;
    if (!read_number(text, 2, b) || !read_separator(text, separator)) return std::nullopt;
    if (!read_number(text, 4, c, &year_digits) || year_digits != 4) return std::nullopt;
    date = order == DateOrder::day_first ? CivilDate{c, b, a} : CivilDate{c, a, b};
  }
  if (!is_valid(date)) return std::nullopt;
  return date;
}

// "", " 07:01", "T07:01:00", "T07:01:00.000Z"
std::optional<Seconds> read_time_of_day(std::string_view text) {
  if (text.empty()) return 0;
  if (text.front() != ' ' && text.front() != 'T') return std::nullopt;
  text.remove_prefix(1);
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!read_number(text, 2, hour) || text.empty() || text.front() != ':') return std::nullopt;
  text.remove_prefix(1);
  if (!read_number(text, 2, minute)) return std::nullopt;
  if (!text.empty() && text.front() == ':') {
    text.remove_prefix(1);
    if (!read_number(text, 2, second)) return std::nullopt;
    if (!text.empty() && text.front() == '.') {
      text.remove_prefix(1);
      int fraction = 0;
      if (!read_number(text, 9, fraction)) return std::nullopt;
    }
  }
  if (text == "Z" || text == "+00:00") text = {};
  if (!text.empty() || hour > 24 || minute > 59 || second > 60) return std::nullopt;
  return hour * kSecondsPerHour + minute * Seconds{60} + second;
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  const std::int64_t q = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? q - 1 : q;
}

std::int64_t months_from_civil(const CivilDate& date) { return (date.year - 1970) * 12 + date.month - 1; }

Seconds month_start(std::int64_t months) {
  const std::int64_t year = 1970 + floor_divide(months, 12);
  const std::int64_t month = months - (year - 1970) * 12;
  return days_from_civil({static_cast<int>(year), static_cast<int>(month + 1), 1}) * kSecondsPerDay;
}

Seconds step_seconds(const Step& step) {
  return step.count * (step.unit == StepUnit::hour ? kSecondsPerHour : kSecondsPerDay);
}

}  // namespace

bool is_valid(const CivilDate& date) {
  return date.year >= 1 && date.year <= 9999 && date.month >= 1 && date.month <= 12 && date.day >= 1 &&
         date.day <= days_in_month(date.year, date.month);
}

std::int64_t days_from_civil(const CivilDate& date) {
  const std::int64_t y = date.month <= 2 ? date.year - 1 : date.year;
  const std::int64_t era = floor_divide(y, 400);
  const std::int64_t yoe = y - era * 400;
  const std::int64_t doy = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  const std::int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

CivilDate civil_from_days(std::int64_t days) {
  days += 719468;
  const std::int64_t era = floor_divide(days, 146097);
  const std::int64_t doe = days - era * 146097;
  const std::int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const std::int64_t mp = (5 * doy + 2) / 153;
  const int day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
  const int month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  return {static_cast<int>(yoe + era * 400 + (month <= 2 ? 1 : 0)), month, day};
}

int day_of_year(Seconds time) {
  const std::int64_t day = day_of(time);
  return static_cast<int>(day - days_from_civil({civil_from_days(day).year, 1, 1})) + 1;
}
int year_of(Seconds time) { return civil_from_days(day_of(time)).year; }
int month_of(Seconds time) { return civil_from_days(day_of(time)).month; }

std::optional<Seconds> parse_date(std::string_view text, DateOrder order) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  const std::optional<CivilDate> date = read_civil(text, order);
  if (!date) return std::nullopt;
  const std::optional<Seconds> time = read_time_of_day(text);
  if (!time) return std::nullopt;
  return days_from_civil(*date) * kSecondsPerDay + *time;
}

std::string format_date(Seconds time) {
  const CivilDate date = civil_from_days(day_of(time));
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string format_datetime(Seconds time) {
  const Seconds rest = time - day_of(time) * kSecondsPerDay;
  return fmt::format("{}T{:02}:{:02}:{:02}", format_date(time), rest / 3600, rest / 60 % 60, rest % 60);
}

std::optional<Step> parse_step(std::string_view text) {
  if (text == "hourly") return Step{StepUnit::hour, 1};
  if (text == "daily") return Step{StepUnit::day, 1};
  if (text == "weekly") return Step{StepUnit::day, 7};
  if (text == "monthly") return Step{StepUnit::month, 1};
  int count = 0;
  if (!read_number(text, 3, count) || count < 1) return std::nullopt;
  if (text == "-day") return Step{StepUnit::day, count};
  if (text == "-hour") return Step{StepUnit::hour, count};
  return std::nullopt;
}

std::string format_step(const Step& step) {
  if (step.unit == StepUnit::month) return "monthly";
  if (step.unit == StepUnit::hour) return step.count == 1 ? "hourly" : fmt::format("{}-hour", step.count);
  if (step.count == 1) return "daily";
  return step.count == 7 ? "weekly" : fmt::format("{}-day", step.count);
}

TimeAxis::TimeAxis(Seconds first, Step step, std::size_t size) : first_(first), step_(step), size_(size) {
  if (step_.unit == StepUnit::month) first_ = month_start(months_from_civil(civil_from_days(day_of(first))));
}

Seconds TimeAxis::start(std::size_t index) const {
  const auto i = static_cast<std::int64_t>(index);
  if (step_.unit != StepUnit::month) return first_ + i * step_seconds(step_);
  return month_start(months_from_civil(civil_from_days(day_of(first_))) + i * step_.count);
}

std::optional<std::size_t> TimeAxis::index_of(Seconds time) const {
  if (size_ == 0 || time < first_ || time >= end()) return std::nullopt;
  if (step_.unit != StepUnit::month) return static_cast<std::size_t>((time - first_) / step_seconds(step_));
  const std::int64_t months =
      months_from_civil(civil_from_days(day_of(time))) - months_from_civil(civil_from_days(day_of(first_)));
  return static_cast<std::size_t>(months / step_.count);
}

std::size_t TimeAxis::lower_bound(Seconds time) const {
  if (size_ == 0 || time <= first_) return 0;
  const std::optional<std::size_t> index = index_of(time);
  if (!index) return size_;
  return start(*index) < time ? *index + 1 : *index;
}

double TimeAxis::mean_step_days() const {
  if (step_.unit == StepUnit::month) return 30.436875 * step_.count;
  return static_cast<double>(step_seconds(step_)) / static_cast<double>(kSecondsPerDay);
}

}  // namespace phreatic::core
