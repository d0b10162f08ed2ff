// SPDX-License-Identifier: BSD-3-Clause
// Files of texts read whole: tables, the columns at a glance, single lines.
#include <fmt/format.h>

#include <algorithm>

#include "phreatic/core/files/files.hpp"
#include "phreatic/data/io/csv/csv_blocks.hpp"

namespace phreatic::data::io {

std::size_t TextTable::column(const std::string& name) const {
  return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
}

namespace {
// A file's text as UTF-8 and its layout; false when it cannot be read.
bool open_text(const std::filesystem::path& path, const CsvRequest& request, std::string& text,
               csv::Layout& layout) {
  core::Problems ignored;
  try {
    text = core::read_file(path);
    csv::Decoder decoder;
    return decoder.first(text, true, path.string(), request, ignored) &&
           csv::detect_layout(text, true, request, path.string(), true, layout, ignored);
  } catch (const core::InputError&) {
    return false;
  }
}
}  // namespace

CsvColumns read_csv_columns(const std::filesystem::path& path, const CsvRequest& request) {
  constexpr std::size_t kRows = 200;
  CsvColumns out;
  std::string text;
  csv::Layout layout;
  if (!open_text(path, request, text, layout)) return out;
  const std::size_t time = csv::find_time_column(layout.header, request.time, request.id);
  out.names = layout.header;
  out.numeric.assign(out.names.size(), true);
  if (time < out.names.size()) out.time = out.names[time];
  std::size_t rows = 0;
  std::vector<bool> any(out.names.size(), false);
  for (std::size_t position = layout.data_offset; position < text.size() && rows < kRows; ++rows) {
    const std::size_t eol = std::min(text.find('\n', position), text.size());
    const std::vector<std::string> cells =
        csv::split_line(csv::trim(std::string_view(text).substr(position, eol - position)), layout.separator);
    position = eol + 1;
    for (std::size_t c = 0; c < std::min(cells.size(), out.names.size()); ++c) {
      double value = 0;
      out.numeric[c] = out.numeric[c] && parse_cell(cells[c], layout.decimal, value);
      any[c] = any[c] || value == value;
    }
  }
  for (std::size_t c = 0; c < out.names.size(); ++c) {
    const bool more = std::find(request.more_time.begin(), request.more_time.end(), out.names[c]) !=
                      request.more_time.end();
    out.numeric[c] = out.numeric[c] && any[c] && c != time && !more && !out.names[c].empty();
  }
  return out;
}

std::vector<std::vector<std::string>> read_csv_lines(const std::filesystem::path& path,
                                                     const CsvRequest& request,
                                                     const std::vector<std::size_t>& lines) {
  std::vector<std::vector<std::string>> out;
  std::string text;
  csv::Layout layout;
  if (!open_text(path, request, text, layout)) return out;
  out.push_back(layout.header);
  std::size_t number = 1;
  for (std::size_t position = 0; position < text.size(); ++number) {
    const std::size_t eol = std::min(text.find('\n', position), text.size());
    if (std::find(lines.begin(), lines.end(), number) != lines.end()) {
      std::string_view line = std::string_view(text).substr(position, eol - position);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      out.push_back(csv::split_line(line, layout.separator));
    }
    position = eol + 1;
  }
  return out;
}

TextTable read_text_table(const std::filesystem::path& path, const CsvDialect& dialect,
                          core::Problems& problems) {
  TextTable table;
  table.file = path.string();
  std::string text;
  try {
    text = core::read_file(path);
  } catch (const core::InputError& failure) {
    problems.add_all(failure.problems());
    return table;
  }
  table.hash = core::hash_bytes(text);
  table.bytes = text.size();
  const CsvRequest request{.dialect = dialect};
  csv::Decoder decoder;
  if (!decoder.first(text, true, table.file, request, problems)) return table;
  csv::Layout layout;
  if (!csv::detect_layout(text, true, request, table.file, false, layout, problems)) return table;
  table.header = layout.header;
  table.decimal = layout.decimal;
  table.said = layout.said + (layout.said.empty() || decoder.said().empty() ? "" : ", ") + decoder.said();
  std::size_t line_number = layout.lines_before;
  for (std::size_t position = layout.data_offset; position < text.size();) {
    const std::size_t eol = std::min(text.find('\n', position), text.size());
    std::string_view line(text.data() + position, eol - position);
    position = eol + 1;
    ++line_number;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (csv::trim(line).empty()) continue;
    std::vector<std::string> cells = csv::split_line(line, layout.separator);
    if (cells.size() == layout.header.size() + 1 && cells.back().empty()) cells.pop_back();
    if (cells.size() != layout.header.size()) {
      problems.add({.file = table.file,
                    .line = line_number,
                    .what = fmt::format("the row '{}' has {} fields, the header {}", csv::shorten(line),
                                        cells.size(), layout.header.size())});
      continue;
    }
    table.rows.push_back(std::move(cells));
    table.lines.push_back(line_number);
  }
  return table;
}

}  // namespace phreatic::data::io
