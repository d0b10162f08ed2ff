// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/io/cf_time.hpp"

#include <cmath>
#include <string_view>
#include <utility>

namespace phreatic::data::io {
namespace {

core::Seconds unit_length(const std::string& unit) {
  using Named = std::pair<std::string_view, core::Seconds>;
  for (const auto& [name, seconds] :
       {Named{"second", 1}, Named{"sec", 1}, Named{"s", 1}, Named{"minute", 60}, Named{"min", 60},
        Named{"hour", 3600}, Named{"hr", 3600}, Named{"h", 3600}, Named{"day", 86400}, Named{"d", 86400}}) {
    if (unit == name || unit == std::string(name) + "s") return seconds;
  }
  return 0;
}

// Without a zone that means UTC, and without a fraction of a second that is 0.
std::string without_zone(std::string text) {
  for (const std::string_view zone : {" UTC", "Z", " +00:00", "+00:00", " 0:00", " -0:00", ".0", ".000000"}) {
    if (text.size() > zone.size() + 10 && text.substr(text.size() - zone.size()) == zone)
      text.resize(text.size() - zone.size());
  }
  return text;
}

// "1989-1-1 0:0:0" with every number in two digits.
std::string with_two_digits(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    if (end == i) {
      out += text[i++];
      continue;
    }
    if (end - i == 1) out += '0';
    out += text.substr(i, end - i);
    i = end;
  }
  return out;
}

}  // namespace

core::Seconds CfTime::at(double value) const {
  return origin + static_cast<core::Seconds>(std::llround(value * static_cast<double>(length)));
}

CfTime parse_cf_time(const std::string& units, const std::string& calendar, const std::string& file,
                     const std::string& where) {
  const auto refuse = [&](const std::string& what, const std::string& allowed) {
    throw core::InputError(core::Problem{.file = file, .where = where, .what = what, .allowed = allowed});
  };
  const std::string allowed = "seconds, minutes, hours or days since a date";
  const std::size_t since = units.find(" since ");
  if (since == std::string::npos) refuse("units '" + units + "' are no time units", allowed);
  CfTime out;
  out.length = unit_length(units.substr(0, since));
  if (out.length == 0) refuse("units '" + units + "' are not known", allowed);
  const std::string origin = units.substr(since + 7);
  auto start = core::parse_date(without_zone(origin), core::DateOrder::iso);
  if (!start) start = core::parse_date(with_two_digits(without_zone(origin)), core::DateOrder::iso);
  if (!start) refuse("'" + origin + "' in its units is not a date", "such as 1970-01-01 00:00:00");
  out.origin = *start;
  if (!calendar.empty() && calendar != "standard" && calendar != "gregorian" &&
      calendar != "proleptic_gregorian")
    refuse("calendar '" + calendar + "' is not supported", "standard, gregorian, proleptic_gregorian");
  return out;
}

}  // namespace phreatic::data::io
