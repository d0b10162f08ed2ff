// SPDX-License-Identifier: BSD-3-Clause
// How a CSV file is written: separator, decimal mark, date order. A separator counts when it stands equally
// often in the header and in nine of ten sample lines; tab, ';' and '|' win over ','. Dates: a first number
// above 12 in any sample row means day first, a second number above 12 month first; neither is refused as
// ambiguous.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "phreatic/data/io/csv_internal.hpp"

namespace phreatic::data::io::csv {
namespace {

constexpr std::size_t kSampleLines = 1000;
constexpr std::size_t kEnough = 200;  // rows after which evidence found is believed

std::size_t count_outside_quotes(std::string_view line, char wanted) {
  std::size_t count = 0;
  bool quoted = false;
  for (const char ch : line) {
    if (ch == '"') quoted = !quoted;
    if (ch == wanted && !quoted) ++count;
  }
  return count;
}

std::string separator_name(char separator) {
  return separator == '\t' ? "tab" : fmt::format("'{}'", separator);
}

struct Sample {
  std::string_view header;
  std::vector<std::string_view> rows;
  std::size_t header_lines = 0;
  std::size_t data_offset = 0;
};

Sample take_sample(std::string_view text, bool complete) {
  Sample sample;
  std::size_t position = 0;
  std::size_t line_number = 0;
  while (position < text.size() && sample.rows.size() < kSampleLines) {
    const std::size_t eol = text.find('\n', position);
    if (eol == std::string_view::npos && !complete && !sample.header.empty()) break;
    std::string_view line = text.substr(position, eol == std::string_view::npos ? eol : eol - position);
    position = eol == std::string_view::npos ? text.size() : eol + 1;
    ++line_number;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (trim(line).empty() && line.find_first_of(",;|\t") == std::string_view::npos) continue;
    if (sample.header.empty()) {
      if (line.front() == '#') continue;
      sample.header = line;
      sample.header_lines = line_number;
      sample.data_offset = position;
    } else {
      sample.rows.push_back(line);
    }
  }
  return sample;
}

char detect_separator(const Sample& sample) {
  char fallback = 0;
  std::size_t fallback_count = 0;
  for (const char candidate : {'\t', ';', '|', ','}) {
    const std::size_t in_header = count_outside_quotes(sample.header, candidate);
    if (in_header == 0) continue;
    const std::size_t checked = std::min(sample.rows.size(), kEnough);
    std::size_t same = 0;
    for (std::size_t i = 0; i < checked; ++i) {
      same += count_outside_quotes(sample.rows[i], candidate) == in_header ? 1U : 0U;
    }
    if (same * 10 >= checked * 9) return candidate;
    if (in_header > fallback_count) {
      fallback = candidate;
      fallback_count = in_header;
    }
  }
  return fallback;
}

// Is it a number with exactly one such mark?
bool number_with_mark(std::string_view cell, char mark) {
  std::size_t digits = 0;
  std::size_t marks = 0;
  std::size_t i = !cell.empty() && (cell[0] == '-' || cell[0] == '+') ? 1 : 0;
  for (; i < cell.size(); ++i) {
    if (cell[i] >= '0' && cell[i] <= '9') {
      ++digits;
    } else if (cell[i] == mark) {
      ++marks;
    } else {
      break;
    }
  }
  const bool exponent = i < cell.size() && (cell[i] == 'e' || cell[i] == 'E');
  return digits > 0 && marks == 1 && (i == cell.size() || exponent);
}

char detect_decimal(const Sample& sample, char separator) {
  if (separator == ',') return '.';
  std::size_t points = 0;
  std::size_t commas = 0;
  for (std::size_t i = 0; i < sample.rows.size() && (i < kEnough || points + commas == 0); ++i) {
    for (const std::string& cell : split_line(sample.rows[i], separator)) {
      points += number_with_mark(cell, '.') ? 1U : 0U;
      commas += number_with_mark(cell, ',') ? 1U : 0U;
    }
  }
  return commas > points ? ',' : '.';
}

enum class OrderGuess { iso, day_first, month_first, ambiguous, both, none };

struct DateEvidence {
  bool iso = false;
  bool day_first = false;
  bool month_first = false;
  bool dots = false;
  bool any = false;
  std::string example;
};

void gather(const std::string& cell, DateEvidence& evidence) {
  std::int64_t day = 0;
  std::int32_t second = 0;
  if (parse_time(cell, core::DateOrder::iso, day, second)) {
    evidence.iso = evidence.any = true;
    return;
  }
  const bool as_day_first = parse_time(cell, core::DateOrder::day_first, day, second);
  const bool as_month_first = parse_time(cell, core::DateOrder::month_first, day, second);
  if (!as_day_first && !as_month_first) return;
  evidence.any = true;
  evidence.example = cell;
  evidence.day_first |= as_day_first && !as_month_first;
  evidence.month_first |= as_month_first && !as_day_first;
  evidence.dots |= cell.find('.') < 3;
}

OrderGuess conclude(const DateEvidence& evidence) {
  if (!evidence.any) return OrderGuess::none;
  if (evidence.day_first && evidence.month_first) return OrderGuess::both;
  if (evidence.day_first) return OrderGuess::day_first;
  if (evidence.month_first) return OrderGuess::month_first;
  if (evidence.iso) return OrderGuess::iso;
  return evidence.dots ? OrderGuess::day_first : OrderGuess::ambiguous;
}

// False when a problem was added.
bool detect_order(const Sample& sample, std::size_t time_column, const std::string& file,
                  const std::string& where, Layout& layout, core::Problems& problems) {
  DateEvidence evidence;
  for (std::size_t i = 0; i < sample.rows.size(); ++i) {
    if (evidence.iso && i >= kEnough / 10) break;
    if ((evidence.day_first || evidence.month_first) && i >= kEnough) break;
    const std::vector<std::string> cells = split_line(sample.rows[i], layout.separator);
    if (time_column < cells.size()) gather(cells[time_column], evidence);
  }
  switch (conclude(evidence)) {
    case OrderGuess::day_first:
      layout.order = core::DateOrder::day_first;
      return true;
    case OrderGuess::month_first:
      layout.order = core::DateOrder::month_first;
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
      layout.order = core::DateOrder::iso;
      return true;
  }
}

std::string order_name(core::DateOrder order) {
  if (order == core::DateOrder::day_first) return "dates day first";
  return order == core::DateOrder::month_first ? "dates month first" : "dates year first";
}

bool declared_separator(const CsvDialect& dialect, char& separator) {
  static constexpr std::array<std::pair<std::string_view, char>, 8> kNames = {{{"comma", ','},
                                                                               {"semicolon", ';'},
                                                                               {"tab", '\t'},
                                                                               {"pipe", '|'},
                                                                               {",", ','},
                                                                               {";", ';'},
                                                                               {"\t", '\t'},
                                                                               {"|", '|'}}};
  for (const auto& [name, ch] : kNames) {
    if (dialect.separator == name) {
      separator = ch;
      return true;
    }
  }
  return false;
}

// Files that are no CSV at all; true when a problem was added.
bool refuse_foreign(std::string_view sample, const std::string& file, const std::string& where,
                    core::Problems& problems) {
  std::string what;
  std::string mend = "Export the table as CSV (UTF-8)";
  const auto starts = [&](std::string_view magic) { return sample.substr(0, magic.size()) == magic; };
  if (trim(sample).empty()) {
    what = "the file is empty";
    mend = "A header line with column names and one line per date are needed";
  } else if (starts("\xff\xfe") || starts("\xfe\xff")) {
    what = "the file is written in UTF-16";
  } else if (starts("PK\x03\x04")) {
    what = "this is a zipped or spreadsheet file, not CSV";
  } else if (starts("\x1f\x8b")) {
    what = "this is a compressed file, not CSV";
    mend = "Unpack it first";
  } else if (sample.find('\0') != std::string_view::npos) {
    what = "this is not a text file (it contains a zero byte)";
  }
  if (what.empty()) return false;
  problems.add({.file = file, .where = where, .what = what, .mend = mend});
  return true;
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() &&
         (text.back() == ' ' || text.back() == '\t' || text.back() == '\r' || text.back() == '\n'))
    text.remove_suffix(1);
  return text;
}

std::string shorten(std::string_view text) {
  constexpr std::size_t kMax = 60;
  std::string out;
  for (const char ch : text.substr(0, kMax)) {
    out += static_cast<unsigned char>(ch) < 32 ? ' ' : ch;
  }
  return text.size() > kMax ? out + "..." : out;
}

std::vector<std::string> split_line(std::string_view line, char separator) {
  std::vector<std::string> cells;
  const char* p = line.data();
  const char* const end = p + line.size();
  std::string scratch;
  for (;;) {
    std::string_view cell;
    if (!take_cell(p, end, separator, scratch, cell)) {
      cells.emplace_back(trim({p, static_cast<std::size_t>(end - p)}));  // an open quote: the rest as it is
      return cells;
    }
    cells.emplace_back(cell);
    if (p == end) return cells;
    ++p;
  }
}

std::size_t find_time_column(const std::vector<std::string>& header, const std::string& name,
                             const std::string& id) {
  if (!name.empty()) {
    return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
  }
  for (std::size_t c = 0; c < header.size(); ++c) {
    std::string lower = header[c];
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char ch) { return static_cast<char>(std::tolower(ch)); });
    for (const std::string_view known : {"date", "time", "datetime", "timestamp", "ds", "datum"}) {
      if (lower == known) return c;
    }
  }
  return !id.empty() && header.size() > 1 && header[0] == id ? 1 : 0;
}

bool detect_layout(std::string_view sample, bool complete, const CsvDialect& dialect, const std::string& file,
                   const std::string& where, const std::string& time_column, const std::string& id_column,
                   bool with_time, Layout& layout, core::Problems& problems) {
  if (refuse_foreign(sample, file, where, problems)) return false;
  const Sample lines = take_sample(sample, complete);
  std::vector<std::string> said;
  if (!declared_separator(dialect, layout.separator)) {
    const char found = detect_separator(lines);
    if (found == 0 && with_time) {
      problems.add({.file = file,
                    .line = lines.header_lines,
                    .where = where,
                    .what = fmt::format("the header '{}' holds no separator", shorten(lines.header)),
                    .allowed = "columns separated by ',' ';' '|' or tab",
                    .mend = "A date column and at least one number column are needed"});
      return false;
    }
    layout.separator = found == 0 ? ',' : found;
    said.push_back("separator " + separator_name(layout.separator));
  }
  if (dialect.decimal == "auto") {
    layout.decimal = detect_decimal(lines, layout.separator);
    if (layout.decimal == ',' || layout.separator != ',') {
      said.push_back(layout.decimal == ',' ? "decimal comma" : "decimal point");
    }
  } else {
    layout.decimal = dialect.decimal == "comma" ? ',' : '.';
  }
  if (layout.decimal == layout.separator) {
    problems.add({.file = file,
                  .where = where,
                  .what = "',' is both separator and decimal mark",
                  .allowed = "separator semicolon or tab with decimal comma",
                  .mend = "Export the table with ';' between columns"});
    return false;
  }
  layout.header = split_line(lines.header, layout.separator);
  layout.header_lines = lines.header_lines;
  layout.data_offset = lines.data_offset;
  if (with_time) {
    if (dialect.date_order == "day_first") {
      layout.order = core::DateOrder::day_first;
    } else if (dialect.date_order == "month_first") {
      layout.order = core::DateOrder::month_first;
    } else if (dialect.date_order == "auto") {
      const std::size_t column = find_time_column(layout.header, time_column, id_column);
      if (!detect_order(lines, column, file, where, layout, problems)) return false;
      said.push_back(order_name(layout.order));
    }
  }
  layout.said.clear();
  for (const std::string& text : said) layout.said += (layout.said.empty() ? "" : ", ") + text;
  return true;
}

}  // namespace phreatic::data::io::csv
