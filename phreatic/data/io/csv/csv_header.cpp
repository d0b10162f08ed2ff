// SPDX-License-Identifier: BSD-3-Clause
// Where the column names of a file stand. Files of loggers, agencies and portals begin with lines about the
// station; some hide the names behind '#' ('%', '//'), some have rows of types or units below them.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "phreatic/core/units.hpp"
#include "phreatic/data/io/csv/csv_internal.hpp"

namespace phreatic::data::io::csv {
namespace {

constexpr std::size_t kSampleLines = 1000;
constexpr std::size_t kHeaderLines = 100;  // in which the header is searched
constexpr std::array<char, 4> kSeparators = {'\t', ';', '|', ','};

struct Line {
  std::string_view text;
  std::size_t next = 0;  // byte behind its end
  bool blank = false;
  bool comment = false;
};

std::vector<Line> split_lines(std::string_view text, bool complete, std::size_t most) {
  std::vector<Line> lines;
  std::size_t position = 0;
  while (position < text.size() && lines.size() < most) {
    const std::size_t eol = text.find('\n', position);
    if (eol == std::string_view::npos && !complete && !lines.empty()) break;
    Line line;
    line.text = text.substr(position, eol == std::string_view::npos ? eol : eol - position);
    position = eol == std::string_view::npos ? text.size() : eol + 1;
    line.next = position;
    if (!line.text.empty() && line.text.back() == '\r') line.text.remove_suffix(1);
    line.blank = trim(line.text).empty() && line.text.find_first_of(",;|\t") == std::string_view::npos;
    line.comment = !line.blank && begins_comment(line.text);
    lines.push_back(line);
  }
  return lines;
}

std::string_view without_mark(std::string_view line) {
  while (!line.empty() && std::string_view("#%/ ").find(line.front()) != std::string_view::npos)
    line.remove_prefix(1);
  return line;
}

// Cells of a header line, as names: a comment without its '#'.
std::vector<std::string> names_of(const Line& line, char separator) {
  return split_line(line.comment ? without_mark(line.text) : line.text, separator);
}

class HeaderFinder {
 public:
  HeaderFinder(const std::vector<Line>& lines, const CsvRequest& request)
      : lines_(lines),
        request_(request),
        wanted_(wanted_names(request)),
        declared_(declared_separator(request.dialect.separator)) {}

  // Index of the header's line; lines.size() when there is none.
  std::size_t find() const {
    const std::size_t none = lines_.size();
    if (request_.dialect.header_line > 0)
      return std::min(none, static_cast<std::size_t>(request_.dialect.header_line) - 1);
    std::size_t first = std::min(none, static_cast<std::size_t>(std::max(0, request_.dialect.skip_lines)));
    while (first < none && (lines_[first].blank || lines_[first].comment)) ++first;
    if (request_.dialect.skip_lines > 0) return first;
    if (!wanted_.empty()) return by_names(first);
    return by_rows(first);
  }

 private:
  std::size_t found_names(const Line& line) const {
    std::size_t best = 0;
    for (const char separator : kSeparators) {
      if (declared_ != 0 && separator != declared_) continue;
      const std::vector<std::string> names = names_of(line, separator);
      if (names.size() < 2) continue;  // a word about the station, not a table
      std::size_t count = 0;
      for (const std::string& name : wanted_)
        count += std::find(names.begin(), names.end(), name) != names.end() ? 1U : 0U;
      best = std::max(best, count);
    }
    return best;
  }

  // The line with the most of the wanted names; the usual one where none has more.
  std::size_t by_names(std::size_t usual) const {
    std::size_t best = usual;
    std::size_t count = usual < lines_.size() ? found_names(lines_[usual]) : 0;
    for (std::size_t i = 0; i < std::min(kHeaderLines, lines_.size()) && count < wanted_.size(); ++i) {
      if (lines_[i].blank || i == usual) continue;
      const std::size_t here = found_names(lines_[i]);
      if (here <= count) continue;
      count = here;
      best = i;
    }
    return count == 0 ? by_rows(usual) : best;
  }

  static bool is_time(const std::string& cell) {
    for (const core::DateOrder order :
         {core::DateOrder::iso, core::DateOrder::day_first, core::DateOrder::month_first}) {
      std::int64_t day = 0;
      std::int32_t second = 0;
      if (cell.size() >= 6 && read_time(cell, {.order = order}, day, second)) return true;
    }
    return false;
  }

  // Fields of a line that is a row of data (a date and a number) with this separator; else 0.
  static std::size_t fields_of_row(std::string_view line, char separator) {
    const std::vector<std::string> cells = split_line(line, separator);
    if (cells.size() < 2) return 0;
    bool time = false;
    bool number = false;
    for (const std::string& cell : cells) {
      double value = 0;
      if (!time && is_time(cell)) {
        time = true;
      } else if (parse_cell(cell, '.', value) || parse_cell(cell, ',', value)) {
        number = true;
      }
    }
    return time && number ? cells.size() : 0;
  }

  // The first row of data tells the number of fields; the header is the nearest line above with as many, or
  // the one above that when it only holds types or units.
  std::size_t by_rows(std::size_t usual) const {
    for (std::size_t i = 0; i < std::min(kHeaderLines, lines_.size()); ++i) {
      if (lines_[i].blank || lines_[i].comment) continue;
      for (const char separator : kSeparators) {
        if (declared_ != 0 && separator != declared_) continue;
        const std::size_t fields = fields_of_row(lines_[i].text, separator);
        if (fields == 0) continue;
        const std::size_t names = usual < i ? names_of(lines_[usual], separator).size() : 0;
        if (usual < i && names + 1 >= fields && names <= fields + 1) return usual;
        const std::size_t above = header_above(i, separator, fields);
        return above < i ? above : usual;
      }
    }
    return usual;
  }

  std::size_t header_above(std::size_t row, char separator, std::size_t fields) const {
    std::size_t found = row;
    for (std::size_t i = row; i-- > 0;) {
      if (lines_[i].blank) {
        if (found < row) break;
        continue;
      }
      const std::size_t here = names_of(lines_[i], separator).size();
      if (here != fields && here + 1 != fields) {
        if (found < row || !lines_[i].comment) break;
        continue;
      }
      found = i;
      if (lines_[i].comment) break;
    }
    return found;
  }

  const std::vector<Line>& lines_;
  const CsvRequest& request_;
  std::vector<std::string> wanted_;
  char declared_;
};

bool is_type(std::string_view cell) {  // of USGS's RDB: 5s, 15d, 12n
  return cell.size() >= 2 &&
         std::all_of(cell.begin(), cell.end() - 1, [](char ch) { return ch >= '0' && ch <= '9'; }) &&
         std::string_view("snd").find(cell.back()) != std::string_view::npos;
}

// Neither a date nor any number: a row of types or units.
bool holds_no_data(const std::vector<std::string>& cells, const Layout& layout, std::size_t time_column,
                   const CsvRequest& request) {
  if (cells.size() + 1 < layout.header.size() || time_column >= cells.size()) return false;
  bool any = false;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    any = any || !cells[c].empty();
    std::int64_t day = 0;
    std::int32_t second = 0;
    double value = 0;
    if (c == time_column) {
      for (const core::DateOrder order :
           {core::DateOrder::iso, core::DateOrder::day_first, core::DateOrder::month_first}) {
        if (read_time(cells[c], {.order = order}, day, second)) return false;
      }
      if (parse_cell(cells[c], '.', value) && !cells[c].empty()) return false;
      continue;
    }
    const bool wanted = request.numbers.empty() ||
                        (c < layout.header.size() && std::find(request.numbers.begin(), request.numbers.end(),
                                                               layout.header[c]) != request.numbers.end());
    if (!wanted || is_type(cells[c])) continue;
    if ((parse_cell(cells[c], '.', value) || parse_cell(cells[c], ',', value)) && value == value)
      return false;
  }
  return any;
}

}  // namespace

std::vector<std::string> wanted_names(const CsvRequest& request) {
  std::vector<std::string> names = request.numbers;
  if (!request.time.empty()) names.push_back(request.time);
  names.insert(names.end(), request.more_time.begin(), request.more_time.end());
  if (!request.id.empty()) names.push_back(request.id);
  for (const auto& [column, texts] : request.rows) names.push_back(column);
  return names;
}

Sample take_sample(std::string_view text, bool complete, const CsvRequest& request) {
  const std::size_t most =
      kSampleLines + kHeaderLines +
      static_cast<std::size_t>(std::max({0, request.dialect.skip_lines, request.dialect.header_line}));
  const std::vector<Line> lines = split_lines(text, complete, most);
  Sample sample;
  const std::size_t at = HeaderFinder(lines, request).find();
  if (at >= lines.size()) return sample;
  sample.header = std::string(lines[at].comment ? without_mark(lines[at].text) : lines[at].text);
  sample.header_line = at + 1;
  sample.lines_before = at + 1;
  sample.data_offset = lines[at].next;
  const auto usual =
      std::find_if(lines.begin(), lines.end(), [](const Line& l) { return !l.blank && !l.comment; });
  if (usual != lines.begin() + static_cast<std::ptrdiff_t>(at))
    sample.said.push_back(fmt::format("column names on line {}", at + 1));
  for (std::size_t i = at + 1; i < lines.size() && sample.rows.size() < kSampleLines; ++i) {
    if (!lines[i].blank && !lines[i].comment) sample.rows.push_back(lines[i].text);
  }
  return sample;
}

void drop_rows_of_types(Sample& sample, const CsvRequest& request, const Layout& layout) {
  const std::size_t time_column = find_time_column(layout.header, request.time, request.id);
  while (sample.rows.size() > 1) {
    const std::vector<std::string> cells = split_line(sample.rows.front(), layout.separator);
    if (!holds_no_data(cells, layout, time_column, request)) return;
    const bool types =
        std::all_of(cells.begin(), cells.end(), [](const std::string& c) { return c.empty() || is_type(c); });
    if (!types && sample.units.empty() && std::any_of(cells.begin(), cells.end(), [](const std::string& c) {
          return core::find_unit(c).has_value();
        }))
      sample.units = cells;
    sample.said.push_back(fmt::format("the row '{}' below the column names holds {} and is skipped",
                                      shorten(sample.rows.front()),
                                      types                  ? "types"
                                      : sample.units.empty() ? "no data"
                                                             : "units"));
    sample.rows.erase(sample.rows.begin());
    if (sample.said.size() > 4) return;
  }
}

}  // namespace phreatic::data::io::csv
