// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/io/time_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace phreatic::data::io {
namespace {

bool is_digit(char ch) { return ch >= '0' && ch <= '9'; }
bool is_letter(char ch) {
  return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || static_cast<unsigned char>(ch) >= 0x80;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char ch) { return static_cast<char>(std::tolower(ch)); });
  return out;
}

std::optional<int> number(std::string_view text) {
  if (text.empty() || text.size() > 9 || !std::all_of(text.begin(), text.end(), is_digit))
    return std::nullopt;
  int value = 0;
  for (const char ch : text) value = value * 10 + (ch - '0');
  return value;
}

// English, German, Dutch, French, Spanish: whole names and the usual short forms.
std::optional<int> month_of_name(std::string_view word) {
  static const std::array<std::vector<std::string_view>, 12> kNames = {{
      {"jan", "jän", "januar", "january", "jänner", "januari", "janvier", "janv", "enero", "ene"},
      {"feb", "februar", "february", "februari", "février", "fevrier", "févr", "febrero"},
      {"mar", "mär", "mrz", "märz", "maerz", "march", "maart", "mrt", "mars", "marzo"},
      {"apr", "april", "avril", "avr", "abril", "abr"},
      {"may", "mai", "mei", "mayo"},
      {"jun", "juni", "june", "juin", "junio"},
      {"jul", "juli", "july", "juillet", "juil", "julio"},
      {"aug", "august", "augustus", "août", "aout", "agosto", "ago"},
      {"sep", "sept", "september", "septembre", "septiembre"},
      {"oct", "okt", "october", "oktober", "octobre", "octubre"},
      {"nov", "november", "novembre", "noviembre"},
      {"dec", "dez", "december", "dezember", "déc", "décembre", "decembre", "dic", "diciembre"},
  }};
  std::string name = lower(word);
  for (std::size_t at = name.find("\xc3\x84"); at != std::string::npos; at = name.find("\xc3\x84"))
    name.replace(at, 2, "\xc3\xa4");  // capital a with dots
  for (std::size_t m = 0; m < kNames.size(); ++m) {
    if (std::find(kNames[m].begin(), kNames[m].end(), name) != kNames[m].end())
      return static_cast<int>(m) + 1;
  }
  return std::nullopt;
}

bool is_weekday(std::string_view word) {
  static constexpr std::array<std::string_view, 14> kDays = {
      "mon",    "tue",     "wed",       "thu",      "fri",    "sat",      "sun",
      "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
  return std::find(kDays.begin(), kDays.end(), lower(word)) != kDays.end();
}

// Takes "Z", " UTC", "+01:00", "-0330" from the end of a text with a time of day.
std::optional<int> take_offset(std::string_view& text) {
  if (text.find(':') == std::string_view::npos) return std::nullopt;
  const auto take = [&](std::size_t at) -> std::optional<int> {
    const auto offset = parse_offset(text.substr(at));
    if (offset) text = trimmed(text.substr(0, at));
    return offset;
  };
  if (text.back() == 'Z' && text.size() > 1 && is_digit(text[text.size() - 2])) return take(text.size() - 1);
  if (const std::size_t space = text.rfind(' '); space != std::string_view::npos) {
    if (const auto offset = take(space + 1)) return offset;
  }
  const std::size_t sign = text.find_last_of("+-");
  if (sign == std::string_view::npos || sign < text.find(':')) return std::nullopt;
  return take(sign);
}

// Takes "AM", "p.m." from the end; 0 for AM, 12 for PM, nothing without.
std::optional<int> take_half(std::string_view& text) {
  std::string end = lower(text.substr(text.size() > 4 ? text.size() - 4 : 0));
  for (const auto& [mark, hours] : {std::pair{"a.m.", 0}, {"p.m.", 12}, {"am", 0}, {"pm", 12}}) {
    const std::string_view word = mark;
    if (end.size() < word.size() || end.substr(end.size() - word.size()) != word) continue;
    const std::string_view rest = trimmed(text.substr(0, text.size() - word.size()));
    if (rest.empty() || !is_digit(rest.back())) return std::nullopt;
    text = rest;
    return hours;
  }
  return std::nullopt;
}

// "7:01", "07:01:00", "07:01:00.000"; with `half` on a 12-hour clock.
std::optional<std::int32_t> clock(std::string_view text, std::optional<int> half) {
  if (const std::size_t point = text.find('.'); point != std::string_view::npos) {
    if (!number(text.substr(point + 1).substr(0, 9))) return std::nullopt;
    text = text.substr(0, point);
  }
  std::array<int, 3> part = {0, 0, 0};
  std::size_t count = 0;
  while (count < 3) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    const auto value = number(text.substr(0, colon));
    if (!value || colon > 2) return std::nullopt;
    part[count++] = *value;
    if (colon == text.size()) {
      text = {};
      break;
    }
    text.remove_prefix(colon + 1);
  }
  if (!text.empty() || count < (half ? 1U : 2U) || part[1] > 59 || part[2] > 60 || part[0] > 24)
    return std::nullopt;
  if (half) {
    if (part[0] < 1 || part[0] > 12) return std::nullopt;
    part[0] = part[0] % 12 + *half;
  }
  return part[0] * 3600 + part[1] * 60 + part[2];
}

std::optional<int> year_of_text(std::string_view text, const TimeFormat& format, TimeMarks& marks) {
  const auto value = number(text);
  if (!value || (text.size() != 4 && text.size() != 2)) return std::nullopt;
  if (text.size() == 4) return value;
  marks.two_digit_year = true;
  const int first = format.first_two_digit_year;
  const int year = first - first % 100 + *value;
  return year < first ? year + 100 : year;
}

// Words and numbers of a date, without what stands between them.
std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t i = 0; i < text.size();) {
    const bool digits = is_digit(text[i]);
    if (!digits && !is_letter(text[i])) {
      ++i;
      continue;
    }
    const std::size_t first = i;
    while (i < text.size() && (digits ? is_digit(text[i]) : is_letter(text[i]))) ++i;
    out.push_back(text.substr(first, i - first));
  }
  return out;
}

std::optional<core::CivilDate> named_date(std::string_view text, const TimeFormat& format, TimeMarks& marks) {
  std::vector<std::string_view> parts = words(text);
  if (parts.size() == 4) std::erase_if(parts, is_weekday);
  if (parts.size() != 3) return std::nullopt;
  const auto month_at =
      std::find_if(parts.begin(), parts.end(), [](auto w) { return month_of_name(w).has_value(); });
  if (month_at == parts.end()) return std::nullopt;
  const int month = *month_of_name(*month_at);
  parts.erase(month_at);
  const bool year_first = parts[0].size() == 4;
  const auto year = year_of_text(parts[year_first ? 0 : 1], format, marks);
  const auto day = number(parts[year_first ? 1 : 0]);
  if (!year || !day) return std::nullopt;
  marks.month_name = true;
  return core::CivilDate{*year, month, *day};
}

// "2001020307", "200102030745", "20010203074500": year, month, day and clock without marks, as services of weather write
// them; "2001-045": the day of the year.
std::optional<core::Seconds> bare_time(std::string_view text) {
  const bool digits = std::all_of(text.begin(), text.end(), is_digit);
  if (!digits && text.size() == 8 && text[4] == '-') {
    const auto year = number(text.substr(0, 4));
    const auto day = number(text.substr(5));
    const bool leap = year && core::is_valid({*year, 2, 29});
    if (!year || !day || *day < 1 || *day > (leap ? 366 : 365)) return std::nullopt;
    return (core::days_from_civil({*year, 1, 1}) + *day - 1) * core::kSecondsPerDay;
  }
  if (!digits || (text.size() != 10 && text.size() != 12 && text.size() != 14)) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t length) {
    return at < text.size() ? number(text.substr(at, length)).value_or(0) : 0;
  };
  const core::CivilDate date{part(0, 4), part(4, 2), part(6, 2)};
  const int hour = part(8, 2);
  const bool plausible = date.year >= 1700 && date.year <= 2200 && core::is_valid(date) && hour <= 24 &&
                         part(10, 2) < 60 && part(12, 2) <= 60;
  if (!plausible) return std::nullopt;
  return core::days_from_civil(date) * core::kSecondsPerDay + std::int64_t{hour} * 3600 +
         std::int64_t{part(10, 2)} * 60 + part(12, 2);
}

// "January 2012": the first day of a month.
std::optional<core::CivilDate> named_month(std::string_view text) {
  const std::vector<std::string_view> parts = words(text);
  if (parts.size() != 2) return std::nullopt;
  for (const std::size_t m : {0, 1}) {
    const auto month = month_of_name(parts[m]);
    const auto year = number(parts[1 - m]);
    if (month && year && parts[1 - m].size() == 4) return core::CivilDate{*year, *month, 1};
  }
  return std::nullopt;
}

std::optional<core::CivilDate> numeric_date(std::string_view text, const TimeFormat& format,
                                            TimeMarks& marks) {
  const std::size_t mark = text.find_first_of("-/.");
  if (mark == std::string_view::npos || format.order == core::DateOrder::iso) return std::nullopt;
  const std::size_t next = text.find(text[mark], mark + 1);
  if (next == std::string_view::npos) return std::nullopt;
  const auto a = number(text.substr(0, mark));
  const auto b = number(text.substr(mark + 1, next - mark - 1));
  const auto year = year_of_text(text.substr(next + 1), format, marks);
  if (!a || !b || !year || mark > 2) return std::nullopt;
  const bool day_first = format.order == core::DateOrder::day_first;
  return core::CivilDate{*year, day_first ? *b : *a, day_first ? *a : *b};
}

// Date and time of day apart: the time is what holds the first ':'.
std::pair<std::string_view, std::string_view> date_and_clock(std::string_view text, bool with_half) {
  std::size_t at = text.find(':');
  if (at == std::string_view::npos && with_half) at = text.size();
  if (at == std::string_view::npos) return {text, {}};
  std::size_t begin = at;
  while (begin > 0 && is_digit(text[begin - 1])) --begin;
  if (begin == 0 || (text[begin - 1] != ' ' && text[begin - 1] != 'T' && text[begin - 1] != ','))
    return {{}, text};
  std::string_view date = text.substr(0, begin - 1);
  while (!date.empty() && (date.back() == ' ' || date.back() == ',')) date.remove_suffix(1);
  return {date, text.substr(begin)};
}

void put(std::int64_t seconds, std::int64_t& day, std::int32_t& second) {
  day = core::day_of(seconds);
  second = static_cast<std::int32_t>(seconds - day * core::kSecondsPerDay);
}

// The date and the clock as written; nothing for what is no time.
std::optional<core::Seconds> written(std::string_view text, const TimeFormat& format, TimeMarks& marks) {
  if (const auto plain = core::parse_date(text, format.order)) return plain;
  if (format.order == core::DateOrder::iso && text.size() == 7 && text[4] == '-')  // "2001-12": a month
    return core::parse_date(std::string(text) + "-01", format.order);
  if (const auto bare = bare_time(text)) return bare;
  const std::optional<int> half = take_half(text);
  marks.twelve_hours = half.has_value();
  const auto [date_text, clock_text] = date_and_clock(text, half.has_value());
  std::int32_t of_day = 0;
  if (!clock_text.empty()) {
    const auto read = clock(clock_text, half);
    if (!read) return std::nullopt;
    of_day = *read;
  } else if (half) {
    return std::nullopt;
  }
  if (const auto plain = core::parse_date(date_text, format.order)) return *plain + of_day;
  const bool named = std::any_of(date_text.begin(), date_text.end(), is_letter);
  auto date = named ? named_date(date_text, format, marks) : numeric_date(date_text, format, marks);
  if (named && !date && clock_text.empty()) date = named_month(date_text);
  if (!date || !core::is_valid(*date)) return std::nullopt;
  return core::days_from_civil(*date) * core::kSecondsPerDay + of_day;
}

}  // namespace

std::optional<int> parse_offset(std::string_view text) {
  text = trimmed(text);
  if (text == "Z" || text == "UTC" || text == "GMT" || text == "UT" || text == "utc") return 0;
  if (text.substr(0, 3) == "UTC" || text.substr(0, 3) == "GMT") text.remove_prefix(3);
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const std::size_t colon = text.find(':');
  const std::string_view hours = colon == std::string_view::npos
                                     ? text.substr(0, text.size() == 4 ? 2 : text.size())
                                     : text.substr(0, colon);
  const std::string_view minutes =
      colon == std::string_view::npos ? text.substr(hours.size()) : text.substr(colon + 1);
  const auto h = number(hours);
  const auto m = minutes.empty() ? std::optional<int>(0) : number(minutes);
  if (!h || !m || hours.size() > 2 || (minutes.size() != 2 && !minutes.empty()) || *h > 14 || *m > 59)
    return std::nullopt;
  return sign * (*h * 60 + *m);
}

std::string offset_text(int minutes) {
  if (minutes == 0) return "UTC";
  const int size = std::abs(minutes);
  return fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

bool read_time(std::string_view text, const TimeFormat& format, std::int64_t& day, std::int32_t& second,
               TimeMarks* marks) {
  text = trimmed(text);
  TimeMarks found;
  if (text.size() < 6) return false;
  if (text.size() <= 19 && is_digit(text.back()) && text.find('+') == std::string_view::npos) {
    if (const auto plain = core::parse_date(text, format.order)) {  // most texts: nothing else to look for
      put(*plain, day, second);
      found.clock_second = second;
      if (marks != nullptr) *marks = found;
      return true;
    }
  }
  const std::optional<int> offset = take_offset(text);
  found.offset_minutes = offset;
  const auto time = written(text, format, found);
  if (!time) return false;
  std::int64_t seconds = *time;
  put(seconds, day, second);
  found.clock_second = second;
  if (offset && format.to_offset_minutes) {
    seconds += std::int64_t{60} * (*format.to_offset_minutes - *offset);
    put(seconds, day, second);
  }
  if (marks != nullptr) *marks = found;
  return true;
}

bool read_time_parts(const std::vector<std::string>& parts, const TimeFormat& format, std::int64_t& day,
                     std::int32_t& second, TimeMarks* marks) {
  const bool by_year = parts.size() >= 3;
  TimeMarks found;
  if (!by_year) {
    std::string all = parts.front();
    const std::string_view year = trimmed(parts.front());
    if (parts.size() == 2 && year.size() == 4 && number(year)) {  // the year and the day of the year
      const auto day_of_year = number(trimmed(parts[1]));
      return day_of_year &&
             read_time(fmt::format("{}-{:03}", year, *day_of_year), format, day, second, marks);
    }
    const std::string_view time = parts.size() > 1 ? trimmed(parts[1]) : std::string_view();
    if (const auto plain = number(time); plain && time.size() <= 6) {  // 6, 0600, 060000
      const int hhmmss = time.size() <= 2 ? *plain * 10000 : time.size() <= 4 ? *plain * 100 : *plain;
      if (hhmmss > 240000 || hhmmss / 100 % 100 > 59 || hhmmss % 100 > 59) return false;
      all += fmt::format(" {:02}:{:02}:{:02}", hhmmss / 10000, hhmmss / 100 % 100, hhmmss % 100);
    } else if (!time.empty()) {
      all += " ";
      all += time;
    }
    return read_time(all, format, day, second, marks);
  }
  const auto year = year_of_text(trimmed(parts[0]), format, found);
  auto month = number(trimmed(parts[1]));
  if (!month) month = month_of_name(trimmed(parts[1]));
  const auto day_of_month = number(trimmed(parts[2]));
  if (!year || !month || !day_of_month || !core::is_valid({*year, *month, *day_of_month})) return false;
  std::array<int, 3> rest = {0, 0, 0};
  if (parts.size() == 4 && parts[3].find(':') != std::string::npos) {
    const auto of_day = clock(trimmed(parts[3]), std::nullopt);
    if (!of_day) return false;
    rest = {*of_day / 3600, *of_day / 60 % 60, *of_day % 60};
  } else {
    for (std::size_t i = 3; i < std::min<std::size_t>(parts.size(), 6); ++i) {
      const auto value = number(trimmed(parts[i]));
      if (!value || *value > (i == 3 ? 24 : 60)) return false;
      rest[i - 3] = *value;
    }
  }
  put(core::days_from_civil({*year, *month, *day_of_month}) * core::kSecondsPerDay +
          std::int64_t{rest[0]} * 3600 + std::int64_t{rest[1]} * 60 + rest[2],
      day, second);
  found.clock_second = second;
  if (marks != nullptr) *marks = found;
  return true;
}

std::string why_no_time(std::string_view text) {
  text = trimmed(text);
  const std::size_t space = text.rfind(' ');
  if (space != std::string_view::npos && text.find(':') < space) {
    const std::string_view last = text.substr(space + 1);
    const std::string word = lower(last);
    if (std::all_of(last.begin(), last.end(), is_letter) && word != "am" && word != "pm")
      return fmt::format(
          "it ends with the time zone '{}', whose offset is not known; write it as an offset such as "
          "+01:00",
          last);
  }
  const std::vector<std::string_view> parts = words(text);
  if (parts.size() >= 3 && parts[0].size() <= 2 && parts[1].size() <= 2 && parts[2].size() == 2)
    return "its year has two digits, and which number is the day is not declared (date_order)";
  const bool number_only =
      std::all_of(text.begin(), text.end(), [](char ch) { return is_digit(ch) || ch == '.'; });
  if (number_only && text.size() <= 12 && !text.empty())
    return "it is a number: days or seconds since some date are not read; export dates as text";
  if (!text.empty() && text.back() == ']' && text.find('[') != std::string_view::npos)
    return fmt::format(
        "it ends with the time zone {}, whose offset is not known; write it as an offset such as +01:00",
        text.substr(text.find('[')));
  return "";
}

}  // namespace phreatic::data::io
