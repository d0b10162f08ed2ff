// SPDX-License-Identifier: BSD-3-Clause
// Single cells of CSV text: quotes, qualifiers, marks for missing; numbers by std::from_chars.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "phreatic/data/io/csv/csv_fast.hpp"

namespace phreatic::data::io {
namespace csv {

bool take_cell(const char*& p, const char* line_end, char separator, std::string& scratch,
               std::string_view& cell) {
  while (p < line_end && *p == ' ' && separator != ' ') ++p;
  if (p == line_end) {
    cell = {};
    return true;
  }
  if (*p != '"') {
    const char* start = p;
    const void* next = std::memchr(p, separator, static_cast<std::size_t>(line_end - p));
    p = next == nullptr ? line_end : static_cast<const char*>(next);
    cell = trim({start, static_cast<std::size_t>(p - start)});
    return true;
  }
  scratch.clear();
  for (++p; p < line_end; ++p) {
    if (*p == '"') {
      if (p + 1 < line_end && p[1] == '"') {
        ++p;
      } else {
        ++p;
        while (p < line_end && *p == ' ') ++p;
        cell = trim(scratch);
        return p == line_end || *p == separator;
      }
    }
    scratch += *p;
  }
  return false;
}

std::string with_usual_blanks(std::string_view cell) {
  std::string out(cell);
  for (const std::string_view blank : {"\u00a0", "\u202f", "\u2009"}) {
    for (std::size_t at = out.find(blank); at != std::string::npos; at = out.find(blank, at + 1))
      out.replace(at, blank.size(), " ");
  }
  return out;
}

void add_text(std::vector<BadText>& texts, const BadText& one) {
  const auto known =
      std::find_if(texts.begin(), texts.end(), [&](const BadText& t) { return t.text == one.text; });
  if (known != texts.end()) {
    known->count += one.count;
  } else if (texts.size() < kMostTexts) {
    texts.push_back(one);
  }
}

bool parse_qualified(std::string_view cell, char decimal, double& value) {
  cell = trim(cell);
  const std::size_t length = cell.size();
  for (const std::string_view mark : {"<=", ">=", "\u2264", "\u2265", "\u2248", "<", ">", "~"}) {
    if (cell.substr(0, mark.size()) != mark) continue;
    cell.remove_prefix(mark.size());
    break;
  }
  if (!cell.empty() && std::string_view("*#?!^eE").find(cell.back()) != std::string_view::npos)
    cell.remove_suffix(1);
  cell = trim(cell);
  if (cell.empty() || cell.size() == length) return false;
  return parse_cell(cell, decimal, value) && !std::isnan(value);
}

}  // namespace csv

bool parse_cell(std::string_view cell, char decimal, double& value) {
  value = csv::kNaN;
  cell = csv::trim(cell);
  for (const std::string_view mark :
       {"",      "NaN",     "nan",     "NAN",    "NA",     "N/A",     "n/a",     "null",
        "NULL",  "Null",    "None",    "none",   "<NA>",   "#N/A",    "#NA",     "#NV",
        "-",     "--",      "---",     "nodata", "NoData", "NODATA",  "no data", "#NUM!",
        "#REF!", "#DIV/0!", "#VALUE!", "#WERT!", "#ZAHL!", "1.#QNAN", "-1.#IND", "1.#INF"}) {
    if (cell == mark) return true;
  }
  std::array<char, 64> copy{};
  if (cell.size() >= copy.size()) return false;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    if (decimal != '.' && cell[i] == '.') return false;
    copy[i] = cell[i] == decimal ? '.' : cell[i];
  }
  const char* first = copy.data() + (copy[0] == '+' && copy[1] != '-' ? 1 : 0);
  const char* const last = copy.data() + cell.size();
  const auto [end, error] = std::from_chars(first, last, value);
  const bool good = error == std::errc() && end == last && std::isfinite(value);
  if (!good) value = csv::kNaN;
  return good;
}

}  // namespace phreatic::data::io
