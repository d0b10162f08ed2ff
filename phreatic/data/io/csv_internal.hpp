// SPDX-License-Identifier: BSD-3-Clause
// Shared between the sources of the CSV reader; not for others.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "phreatic/data/io/csv.hpp"

namespace phreatic::data::io::csv {

// The dialect of one file, resolved.
struct Layout {
  char separator = ',';
  char decimal = '.';
  core::DateOrder order = core::DateOrder::iso;
  std::vector<std::string> header;
  std::size_t header_lines = 0;  // lines up to and including the header (blank and # lines before it count)
  std::size_t data_offset = 0;   // byte of the first data line in the first block
  std::string said;
};

enum class Action : unsigned char { skip, time, number, id };

struct Plan {
  Layout layout;
  std::vector<Action> actions;       // per file column, up to the last wanted one
  std::vector<std::size_t> targets;  // of a number column: its place in CsvBlock::numbers
  std::vector<double> missing_codes;
  std::size_t number_count = 0;
};

enum class Fault : unsigned char {
  bad_number,
  bad_date,
  empty_date,
  too_few,
  too_many,
  open_quote,
  empty_id
};

struct FaultReport {
  Fault fault = Fault::bad_number;
  std::size_t column = 0;
  std::size_t line = 0;  // 0-based within the block
  std::string text;      // the cell or row as written, shortened
  std::size_t count = 1;
  std::size_t fields = 0;  // of the row, for too_few and too_many
};

struct BlockResult {
  CsvBlock block;
  std::vector<std::string> id_names;  // local dictionary
  std::vector<FaultReport> faults;
  std::size_t lines = 0;
};

// `text` must end with '\n'.
BlockResult parse_block(std::string_view text, const Plan& plan);

// Detects what the dialect leaves open. `sample` is the start of the file, without byte-order mark;
// `complete` says that it is the whole file. `time_column` is the wanted time column's name or "". Returns
// false when problems were added. `with_time` = false: no date order is needed.
bool detect_layout(std::string_view sample, bool complete, const CsvDialect& dialect, const std::string& file,
                   const std::string& where, const std::string& time_column, const std::string& id_column,
                   bool with_time, Layout& layout, core::Problems& problems);

// The column named so (header.size() when there is none); for "" one of a date-like name, else the first that
// is not the identifier.
std::size_t find_time_column(const std::vector<std::string>& header, const std::string& name,
                             const std::string& id);

// Cell at p (quotes removed, doubled quotes resolved into scratch, outer spaces trimmed); p moves to the
// separator or line end. Returns false for a quote that is not closed on the line.
bool take_cell(const char*& p, const char* line_end, char separator, std::string& scratch,
               std::string_view& cell);
std::vector<std::string> split_line(std::string_view line, char separator);
std::string_view trim(std::string_view text);
std::string shorten(std::string_view text);

bool parse_time(std::string_view cell, core::DateOrder order, std::int64_t& day, std::int32_t& second);

}  // namespace phreatic::data::io::csv
