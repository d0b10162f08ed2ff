// SPDX-License-Identifier: BSD-3-Clause
// Tables of numbers from CSV files as users have them: any of , ; tab | between columns, decimal point or
// comma, ISO, day-first or month-first dates, quotes, byte-order mark, CRLF, an empty first header name. What
// is not declared is detected from the first part of the file and said. No cell becomes a string; a large
// file is read in blocks, several at once, and never held as text. Method: docs/methods/data.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/settings/params.hpp"

namespace phreatic::data::io {

// How a file is written. "auto" is detected per file.
struct CsvDialect {
  std::string separator = "auto";     // auto, comma, semicolon, tab, pipe
  std::string decimal = "auto";       // auto, point, comma
  std::string date_order = "auto";    // auto, iso, day_first, month_first
  std::vector<double> missing_codes;  // numbers that mean "missing", such as -9999; none unless declared
  std::vector<std::string> missing_texts = {};  // texts that do: "Ice"
  std::string encoding = "auto";                // auto, or as parse_encoding() (encoding.hpp)
  std::string thousands = "none";               // none, point, comma, space, apostrophe
  std::string qualifiers = "refuse";            // "<1.5", "1.5*", "1.5e": refuse, keep (1.5), missing
  std::string time_zone = {};                   // offset that times with an offset are converted to
  int first_two_digit_year = 1970;              // years of two digits: this one and the 99 after it
  int header_line = 0;                          // line of the column names; 0 = searched
  int skip_lines = 0;                           // lines before the one with the column names
  bool operator==(const CsvDialect&) const = default;
};

// What is wanted from a file. Columns that are not named are skipped unread.
struct CsvRequest {
  CsvDialect dialect;
  std::string where;                   // prefix of messages: "well W03"
  std::string time;                    // name of the time column; "" = one named like a date, else the first
  std::vector<std::string> more_time;  // further columns of the time: its clock; or month, day ...
  std::string id;                      // name of the entity column of a long table; "" = none
  std::vector<std::string> numbers;    // number columns; empty = the only one besides time and id
  core::TextMap rows;                  // only rows whose cell of this column is one of these texts
};

// Times of rows: whole days in four bytes, anything else in eight.
class Times {
 public:
  void reserve(std::size_t n) { days_.reserve(n); }
  void push(std::int64_t day, std::int32_t second_of_day);
  std::size_t size() const { return whole_days_ ? days_.size() : seconds_.size(); }
  core::Seconds operator[](std::size_t i) const {
    return whole_days_ ? static_cast<core::Seconds>(days_[i]) * core::kSecondsPerDay : seconds_[i];
  }

 private:
  bool whole_days_ = true;
  std::vector<std::int32_t> days_;
  std::vector<core::Seconds> seconds_;
};

// Rows from `first_row` of a block to the next run belong to entity `id` (index into CsvTable::id_names).
struct IdRun {
  std::uint32_t first_row = 0;
  std::uint32_t id = 0;
};

// Consecutive rows of a table.
struct CsvBlock {
  Times times;
  std::vector<IdRun> ids;                    // empty without an id column
  std::vector<std::vector<double>> numbers;  // [requested column][row]; NaN = missing
  std::size_t rows = 0;
  std::size_t first_line = 1;              // 1-based line of the block's start in the file
  std::vector<std::size_t> skipped_lines;  // lines of the block (0-based) that hold no row
};

struct CsvTable {
  std::string file;
  std::string hash;  // of the file's bytes, as core::hash_file
  std::uint64_t bytes = 0;
  std::string time_name;
  std::vector<std::string> number_names;
  std::vector<std::string> number_units;  // as the file says (NetCDF, a row of units); empty = nothing
  std::vector<std::string> id_names;      // in order of first appearance
  std::vector<CsvBlock> blocks;
  std::string said;  // what was detected, for the log: "separator ';', decimal comma, dates day first"
  std::vector<std::string> doubts;  // what was detected and may be meant otherwise; one sentence each

  std::size_t rows() const;
  // 1-based line in the file of a row of the whole table.
  std::size_t line_of(std::size_t row) const;
  core::Seconds time(std::size_t row) const;                 // small tables and tests
  double number(std::size_t column, std::size_t row) const;  // small tables and tests
};

// Reads one file. Everything wrong with it is added to `problems` (first bad row of each column and kind,
// with a count); rows with problems are left out of the result. Large files use core::parallel_for over
// blocks.
CsvTable read_csv(const std::filesystem::path& path, const CsvRequest& request, core::Problems& problems);

// What stands in the rows of a file, for messages and for tables of one well per column: the names
// of its columns, and of which the first rows hold numbers (or nothing) alone. Empty when the file
// cannot be read; read_csv says why.
struct CsvColumns {
  std::vector<std::string> names;
  std::vector<bool> numeric;  // per name; false for the time
  std::string time;
};
CsvColumns read_csv_columns(const std::filesystem::path& path, const CsvRequest& request);

// Lines of a file as cells, for messages about a few rows: the column names first, then each line.
std::vector<std::vector<std::string>> read_csv_lines(const std::filesystem::path& path,
                                                     const CsvRequest& request,
                                                     const std::vector<std::size_t>& lines);

// As read_csv, from memory; `file` is for messages.
CsvTable parse_csv(std::string text, const std::string& file, const CsvRequest& request,
                   core::Problems& problems);

// A small table of texts (static attributes, places): every cell as written, without quotes and outer spaces.
struct TextTable {
  std::string file;
  std::string hash;
  std::uint64_t bytes = 0;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> lines;  // 1-based, of each row
  char decimal = '.';
  std::string said;

  // Index of a column, or header.size().
  std::size_t column(const std::string& name) const;
};
TextTable read_text_table(const std::filesystem::path& path, const CsvDialect& dialect,
                          core::Problems& problems);

// One cell as a number with the given decimal mark: true for a number or a missing mark (empty, NaN, NA,
// null; value becomes NaN), false for anything else.
bool parse_cell(std::string_view cell, char decimal, double& value);

}  // namespace phreatic::data::io
