// SPDX-License-Identifier: BSD-3-Clause
// Shared between the sources of the CSV reader; not for others.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "phreatic/data/io/csv/csv.hpp"
#include "phreatic/data/io/time_text.hpp"

namespace phreatic::data::io::csv {

// The dialect of one file, resolved.
struct Layout {
  char separator = ',';
  char decimal = '.';
  char thousands = 0;  // 0 = none
  TimeFormat time;
  std::vector<std::string> header;
  std::vector<std::string> units;  // of a row of units below the header; empty = there is none
  std::size_t header_line = 0;     // line of the column names
  std::size_t lines_before = 0;    // lines before the first row of data
  std::size_t data_offset = 0;     // byte of that row in the first block
  std::string said;
  std::vector<std::string> doubts;
};

enum class Action : unsigned char { skip, time, more_time, number, id, filter };

struct Plan {
  Layout layout;
  std::vector<Action> actions;  // per file column, up to the last wanted one
  std::vector<std::size_t>
      targets;  // of a number column: its place in CsvBlock::numbers; of more_time, filter: in the request
  std::vector<double> missing_codes;
  std::vector<std::string> missing_texts;
  core::TextMap filters;
  std::size_t number_count = 0;
  std::size_t time_parts = 1;
  std::string qualifiers;
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

// One of the different texts of a kind of fault.
struct BadText {
  std::string text;  // the cell as written, shortened
  std::size_t count = 0;
  std::size_t line = 0;  // as FaultReport::line
};

struct FaultReport {
  Fault fault = Fault::bad_number;
  std::size_t column = 0;
  std::size_t line = 0;  // 0-based within the block
  std::string text;      // the cell or row as written, shortened
  std::size_t count = 1;
  std::size_t fields = 0;           // of the row, for too_few and too_many
  std::vector<BadText> texts = {};  // bad_number: the different ones, at most kMostTexts
};
inline constexpr std::size_t kMostTexts = 20;
void add_text(std::vector<BadText>& texts, const BadText& one);

struct BlockResult {
  CsvBlock block;
  std::vector<std::string> id_names;  // local dictionary
  std::vector<FaultReport> faults;
  std::vector<std::vector<BadText>> filter_texts;  // per filter: what its column holds
  std::size_t filtered = 0;                        // rows left out by filters
  std::size_t comments = 0;                        // lines of comment
  BadText qualified;                               // numbers with a qualifier that were kept or made missing
  std::size_t lines = 0;
};

// `text` must end with '\n'.
BlockResult parse_block(std::string_view text, const Plan& plan);

// The lines at the start of a file.
struct Sample {
  std::string header;  // without '#'
  std::vector<std::string_view> rows;
  std::size_t header_line = 0;   // 1-based; 0 = no header was found
  std::size_t lines_before = 0;  // lines before the first of `rows`
  std::size_t data_offset = 0;   // byte of the first of `rows`
  std::vector<std::string> units;
  std::vector<std::string> said;
};

// Finds the line of the column names: the declared one; else the first that is neither blank nor a comment,
// unless another of the first 100 lines holds more of the wanted names, or is the one that fits the rows.
Sample take_sample(std::string_view text, bool complete, const CsvRequest& request);

// Rows below the header that hold types (USGS: 5s 15s 20d) or units instead of data leave the sample; said.
void drop_rows_of_types(Sample& sample, const CsvRequest& request, const Layout& layout);

// Names that must stand in the header.
std::vector<std::string> wanted_names(const CsvRequest& request);

char detect_separator(const Sample& sample);

// Order of dates, offsets from UTC, years of two digits. False when a problem was added.
bool detect_times(const Sample& sample, const CsvRequest& request, const std::string& file, Layout& layout,
                  std::vector<std::string>& said, core::Problems& problems);

// Detects what the dialect leaves open. `text` is the start of the file in UTF-8; `complete` says that it is
// the whole file. Returns false when problems were added. `with_time` = false: no date is needed.
bool detect_layout(std::string_view text, bool complete, const CsvRequest& request, const std::string& file,
                   bool with_time, Layout& layout, core::Problems& problems);

// Files that are no CSV at all (empty, zipped, XML, JSON ...); true when a problem was added.
bool refuse_foreign(std::string_view text, const std::string& file, const std::string& where,
                    core::Problems& problems);

// The column named so (header.size() when there is none); for "" one of a date-like name, else the first
// that is not the identifier.
std::size_t find_time_column(const std::vector<std::string>& header, const std::string& name,
                             const std::string& id);

// Which column is what. Problems: columns that are not there, or asked for twice; a header that is data.
bool make_plan(const CsvRequest& request, const std::string& file, Plan& plan, CsvTable& table,
               core::Problems& problems);

// What is wrong with the file, as told to the user.
core::Problem fault_problem(const FaultReport& report, const Plan& plan, const CsvRequest& request,
                            const std::string& file, std::size_t line);

// Cell at p (quotes removed, doubled quotes resolved into scratch, outer spaces trimmed); p moves to the
// separator or line end. Returns false for a quote that is not closed on the line.
bool take_cell(const char*& p, const char* line_end, char separator, std::string& scratch,
               std::string_view& cell);
std::vector<std::string> split_line(std::string_view line, char separator);
std::string_view trim(std::string_view text);
// '#', '%' or '//' at the beginning.
inline bool begins_comment(std::string_view line) {
  return !line.empty() && (line.front() == '#' || line.front() == '%' || line.substr(0, 2) == "//");
}
std::string shorten(std::string_view text);
// Blanks that do not break and narrow ones, which stand between thousands, as the usual one.
std::string with_usual_blanks(std::string_view cell);
std::size_t count_outside_quotes(std::string_view line, char wanted);
std::string separator_name(char separator);
// A separator as the study file names it, or 0.
char declared_separator(const std::string& name);

// A number with a mark before or behind it: "<1.5", "1.5*", "1.5 e". False for anything else.
bool parse_qualified(std::string_view cell, char decimal, double& value);

}  // namespace phreatic::data::io::csv
