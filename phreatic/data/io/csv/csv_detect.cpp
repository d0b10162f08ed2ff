// SPDX-License-Identifier: BSD-3-Clause
// How a CSV file is written: separator, decimal mark, thousands. A separator counts when it stands equally
// often in the header and in nine of ten sample lines; tab, ';' and '|' win over ','.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "phreatic/data/io/csv/csv_internal.hpp"
#include "phreatic/data/io/encoding.hpp"

namespace phreatic::data::io::csv {
namespace {

constexpr std::size_t kEnough = 200;  // rows after which evidence found is believed

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

struct MarkCount {
  std::size_t points = 0;
  std::size_t commas = 0;
  std::size_t thousands = 0;  // of the commas: 1 to 3 digits before, not a 0 alone, three behind
  bool european = false;      // dates such as 31.12.2001
  std::string example;

  bool may_be_thousands() const { return commas > 0 && thousands == commas && points == 0 && !european; }
};

bool like_thousands(std::string_view cell) {
  if (!cell.empty() && (cell[0] == '-' || cell[0] == '+')) cell.remove_prefix(1);
  const std::size_t comma = cell.find(',');
  return comma >= 1 && comma <= 3 && cell.size() == comma + 4 && cell[0] != '0';
}

MarkCount count_marks(const Sample& sample, char separator) {
  MarkCount count;
  for (std::size_t i = 0; i < sample.rows.size() && (i < kEnough || count.points + count.commas == 0); ++i) {
    for (const std::string& cell : split_line(sample.rows[i], separator)) {
      count.points += number_with_mark(cell, '.') ? 1U : 0U;
      count.european |= cell.size() >= 10 && cell[2] == '.' && cell[5] == '.';
      if (!number_with_mark(cell, ',')) continue;
      ++count.commas;
      if (!like_thousands(cell)) continue;
      ++count.thousands;
      if (count.example.empty()) count.example = cell;
    }
  }
  return count;
}

}  // namespace

char declared_separator(const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, char>, 8> kNames = {{{"comma", ','},
                                                                               {"semicolon", ';'},
                                                                               {"tab", '\t'},
                                                                               {"pipe", '|'},
                                                                               {",", ','},
                                                                               {";", ';'},
                                                                               {"\t", '\t'},
                                                                               {"|", '|'}}};
  for (const auto& [text, ch] : kNames) {
    if (name == text) return ch;
  }
  return 0;
}

std::string separator_name(char separator) {
  return separator == '\t' ? "tab" : fmt::format("'{}'", separator);
}

std::size_t count_outside_quotes(std::string_view line, char wanted) {
  std::size_t count = 0;
  bool quoted = false;
  for (const char ch : line) {
    if (ch == '"') quoted = !quoted;
    if (ch == wanted && !quoted) ++count;
  }
  return count;
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

namespace {

bool in_pairs(std::string_view text) {
  const Encoding encoding = detect_encoding(text);
  return encoding == Encoding::utf16_little || encoding == Encoding::utf16_big;
}

}  // namespace

bool refuse_foreign(std::string_view text, const std::string& file, const std::string& where,
                    core::Problems& problems) {
  std::string what;
  std::string mend = "Export the table as CSV (UTF-8)";
  std::string_view start = trim(text.substr(0, 4096));
  while (!start.empty() && (start.front() == '\n' || start.front() == '\r')) start = trim(start.substr(1));
  const auto starts = [&](std::string_view magic) { return start.substr(0, magic.size()) == magic; };
  if (trim(text).empty()) {
    what = "the file is empty";
    mend = "A header line with column names and one line per date are needed";
  } else if (starts("PK\x03\x04")) {
    what = "this is a zipped or spreadsheet file (xlsx, ods), not CSV";
    mend = "Open it in a spreadsheet program and save the sheet as CSV (UTF-8), or unpack the archive";
  } else if (starts("\xd0\xcf\x11\xe0")) {
    what = "this is an old spreadsheet file (xls), not CSV";
    mend = "Open it in a spreadsheet program and save the sheet as CSV (UTF-8)";
  } else if (starts("%PDF")) {
    what = "this is a PDF, not CSV";
  } else if (starts("\x1f\x8b")) {
    what = "this is a compressed file, not CSV";
    mend = "Unpack it first";
  } else if (starts("\x89HDF") || starts("CDF\x01") || starts("CDF\x02") || starts("CDF\x05")) {
    what = "this is a NetCDF or HDF5 file, not CSV";
    mend = "Give the file the extension .nc";
  } else if (starts("<?xml") || starts("<wml") || starts("<ns") || starts("<")) {
    const bool page = start.find("<html") != std::string_view::npos ||
                      start.find("<!DOCTYPE html") != std::string_view::npos;
    what = page ? "this is a web page (HTML), not CSV: the download gave a page in place of the data"
                : "this is XML (such as WaterML), not CSV";
    mend = page ? "Open it in a browser to see what the server says, and download the data again as CSV"
                : "Download the same series as CSV or tab-separated text (format=csv or format=rdb in most "
                  "services)";
  } else if (starts("{") || starts("[{") || starts("[[") || starts("[\n")) {
    what = "this is JSON, not CSV";
    mend =
        "Download the same series as CSV (format=csv in most services), or convert it to a table with a date "
        "column";
  } else if (starts("PAR1") || starts("ARROW1") || starts("OBJ\x01") || starts("SQLite format")) {
    what = "this is a file of a data base (Parquet, Arrow, SQLite), not CSV";
  } else if (start.substr(0, 4) == std::string_view("\xff\xfe\0\0", 4) ||
             start.substr(0, 4) == std::string_view("\0\0\xfe\xff", 4)) {
    what = "this is text in UTF-32";
    mend = "Save the file as UTF-8";
  } else if (text.find('\0') != std::string_view::npos && !in_pairs(text)) {
    what = "this is not a text file (it contains a zero byte)";
  }
  if (what.empty()) return false;
  problems.add({.file = file, .where = where, .what = what, .mend = mend});
  return true;
}

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
    for (const std::string_view known : {"date", "time", "datetime", "date_time", "timestamp", "ds", "datum",
                                         "valid_time", "date/time", "datetime_utc"}) {
      if (lower == known) return c;
    }
  }
  return !id.empty() && header.size() > 1 && header[0] == id ? 1 : 0;
}

namespace {

// Decimal mark and thousands. A comma before exactly three digits everywhere can be either.
bool read_marks(const Sample& sample, const CsvRequest& request, const std::string& file, Layout& layout,
                std::vector<std::string>& said, core::Problems& problems) {
  static const std::vector<std::pair<std::string_view, char>> kThousands = {
      {"point", '.'}, {"comma", ','}, {"space", ' '}, {"apostrophe", '\''}};
  for (const auto& [name, mark] : kThousands) {
    if (request.dialect.thousands == name) layout.thousands = mark;
  }
  if (request.dialect.decimal != "auto") {
    layout.decimal = request.dialect.decimal == "comma" ? ',' : '.';
  } else if (layout.thousands == ',' || layout.thousands == '.') {
    layout.decimal = layout.thousands == ',' ? '.' : ',';
  } else {
    const MarkCount count = count_marks(sample, layout.separator);
    layout.decimal = layout.separator != ',' && count.commas > count.points ? ',' : '.';
    if (layout.decimal == ',' && count.may_be_thousands()) {
      problems.add({.file = file,
                    .where = request.where,
                    .what = fmt::format(
                        "'{}' can be read with a decimal comma and with a comma between thousands: all "
                        "numbers with a comma have three digits behind it",
                        count.example),
                    .allowed = "decimal: comma or thousands: comma",
                    .mend = "Declare one of the two for this source"});
      return false;
    }
    if (layout.decimal == ',' || layout.separator != ',')
      said.push_back(layout.decimal == ',' ? "decimal comma" : "decimal point");
  }
  if (layout.decimal != layout.separator && layout.decimal != layout.thousands) return true;
  problems.add({.file = file,
                .where = request.where,
                .what = fmt::format("'{}' is both decimal mark and {}", layout.decimal,
                                    layout.decimal == layout.separator ? "separator" : "thousands mark"),
                .allowed = "separator semicolon or tab with decimal comma",
                .mend = "Export the table with ';' between columns"});
  return false;
}

std::string all_of(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

}  // namespace

bool detect_layout(std::string_view text, bool complete, const CsvRequest& request, const std::string& file,
                   bool with_time, Layout& layout, core::Problems& problems) {
  if (refuse_foreign(text, file, request.where, problems)) return false;
  Sample sample = take_sample(text, complete, request);
  if (sample.header_line == 0) {
    problems.add({.file = file,
                  .where = request.where,
                  .what = "there is no line with column names",
                  .mend = "Check header_line and skip_lines of this source"});
    return false;
  }
  std::vector<std::string> said;
  layout.separator = declared_separator(request.dialect.separator);
  if (layout.separator == 0) {
    const char found = detect_separator(sample);
    if (found == 0 && with_time) {
      problems.add({.file = file,
                    .line = sample.header_line,
                    .where = request.where,
                    .what = fmt::format("the header '{}' holds no separator", shorten(sample.header)),
                    .allowed = "columns separated by ',' ';' '|' or tab",
                    .mend =
                        "A date column and at least one number column are needed; if the column names stand "
                        "further down, declare header_line"});
      return false;
    }
    layout.separator = found == 0 ? ',' : found;
    said.push_back("separator " + separator_name(layout.separator));
  }
  layout.header = split_line(sample.header, layout.separator);
  layout.header_line = sample.header_line;
  layout.lines_before = sample.lines_before;
  layout.data_offset = sample.data_offset;
  if (with_time) {
    const std::size_t rows = sample.rows.size();
    drop_rows_of_types(sample, request, layout);
    layout.units = sample.units;
    if (sample.rows.size() < rows) {
      layout.data_offset = static_cast<std::size_t>(sample.rows.front().data() - text.data());
      layout.lines_before = static_cast<std::size_t>(
          std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(layout.data_offset), '\n'));
    }
  }
  if (!read_marks(sample, request, file, layout, said, problems)) return false;
  if (with_time && !detect_times(sample, request, file, layout, said, problems)) return false;
  said.insert(said.end(), sample.said.begin(), sample.said.end());
  layout.said = all_of(said);
  return true;
}

}  // namespace phreatic::data::io::csv
