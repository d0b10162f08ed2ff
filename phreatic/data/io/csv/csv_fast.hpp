// SPDX-License-Identifier: BSD-3-Clause
// Quick ways for plain numbers and dates, which most cells of most files are. Numbers with at most 19 digits whose digits
// fit into 53 bits are converted by one exact division (Clinger 1990, key clinger1990). For the sources of the CSV reader.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>

#include "phreatic/data/io/csv/csv_internal.hpp"

namespace phreatic::data::io::csv {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

inline bool is_digit(char ch) { return static_cast<unsigned>(ch - '0') <= 9; }

// Plain decimal numbers without exponent; p moves behind the number. False: not that simple, p unchanged.
inline bool fast_number(const char*& p, char decimal, double& value) {
  static constexpr std::array<double, 20> kPowers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,
                                                     1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13,
                                                     1e14, 1e15, 1e16, 1e17, 1e18, 1e19};
  const char* q = p;
  const bool negative = *q == '-';
  if (negative || *q == '+') ++q;
  std::uint64_t digits = 0;
  const char* first = q;
  for (; is_digit(*q); ++q) digits = digits * 10 + static_cast<std::uint64_t>(*q - '0');
  std::ptrdiff_t count = q - first;
  std::size_t fraction = 0;
  if (*q == decimal) {
    ++q;
    const char* point = q;
    for (; is_digit(*q); ++q) digits = digits * 10 + static_cast<std::uint64_t>(*q - '0');
    fraction = static_cast<std::size_t>(q - point);
    count += q - point;
  }
  if (count == 0 || count > 19 || digits > (1ULL << 53)) return false;
  // The sign is as good as random: looked up, not branched on.
  static constexpr std::array<double, 2> kSigns = {1.0, -1.0};
  value = static_cast<double>(digits) / kPowers[fraction] * kSigns[negative ? 1 : 0];
  p = q;
  return true;
}

inline int two_digits(const char* p) {
  return is_digit(p[0]) && is_digit(p[1]) ? (p[0] - '0') * 10 + (p[1] - '0') : -1;
}

// Remembers the month last seen, so that a row costs no calendar arithmetic.
class MonthCache {
 public:
  // False for a date that does not exist.
  bool day_number(int year, int month, int day, std::int64_t& days) {
    if (year != year_ || month != month_) {
      if (!core::is_valid({year, month, 1})) return false;
      year_ = year;
      month_ = month;
      first_ = core::days_from_civil({year, month, 1});
      length_ = 28;
      while (length_ < 31 && core::is_valid({year, month, length_ + 1})) ++length_;
    }
    days = first_ + day - 1;
    return day >= 1 && day <= length_;
  }

 private:
  int year_ = -1;
  int month_ = -1;
  int length_ = 0;
  std::int64_t first_ = 0;
};

// "2001-12-31" or "31.12.2001", exactly ten characters before separator, line end or a midnight time.
inline bool fast_date(const char*& p, const char* line_end, const Layout& layout, MonthCache& cache,
                      std::int64_t& day) {
  if (line_end - p < 10) return false;
  int year = 0;
  int month = 0;
  int day_of_month = 0;
  if (layout.time.order == core::DateOrder::iso) {
    const int century = two_digits(p);
    const int rest = two_digits(p + 2);
    if (century < 0 || rest < 0 || p[4] != '-' || p[7] != '-') return false;
    year = century * 100 + rest;
    month = two_digits(p + 5);
    day_of_month = two_digits(p + 8);
  } else {
    if (p[2] != p[5] || (p[2] != '.' && p[2] != '/' && p[2] != '-')) return false;
    const int century = two_digits(p + 6);
    const int rest = two_digits(p + 8);
    const int a = two_digits(p);
    const int b = two_digits(p + 3);
    if (century < 0 || rest < 0) return false;
    year = century * 100 + rest;
    month = layout.time.order == core::DateOrder::day_first ? b : a;
    day_of_month = layout.time.order == core::DateOrder::day_first ? a : b;
  }
  const char* q = p + 10;
  if (line_end - q >= 9 && std::memcmp(q, " 00:00:00", 9) == 0) q += 9;
  if (q != line_end && *q != layout.separator) return false;
  if (month < 1 || day_of_month < 1 || !cache.day_number(year, month, day_of_month, day)) return false;
  p = q;
  return true;
}

}  // namespace phreatic::data::io::csv
