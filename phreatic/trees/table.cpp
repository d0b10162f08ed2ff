// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "phreatic/data/missing_codes.hpp"

namespace phreatic::trees {
namespace {

using data::io::TextTable;

bool all_numbers(const TextTable& text, std::size_t column) {
  double v = 0;
  return std::all_of(text.rows.begin(), text.rows.end(), [&](const std::vector<std::string>& row) {
    return column >= row.size() || data::io::parse_cell(row[column], text.decimal, v);
  });
}

// Column of a name, with a problem where it is not there.
std::size_t wanted_column(const TextTable& text, const std::string& name, core::Problems& problems) {
  const std::size_t c = text.column(name);
  if (c == text.header.size()) {
    const std::string near = core::nearest(name, text.header);
    problems.add({.file = text.file,
                  .where = fmt::format("column '{}'", name),
                  .what = "is not there",
                  .allowed = fmt::format("{}", fmt::join(text.header, ", ")),
                  .mend = near.empty() ? "" : fmt::format("Did you mean '{}'?", near)});
  }
  return c;
}

double cell(const TextTable& text, std::size_t r, std::size_t c, core::Problems& problems) {
  double v = std::numeric_limits<double>::quiet_NaN();
  if (c >= text.rows[r].size()) return v;
  if (!data::io::parse_cell(text.rows[r][c], text.decimal, v))
    problems.add({.file = text.file,
                  .line = text.lines[r],
                  .where = fmt::format("column '{}'", text.header[c]),
                  .what = fmt::format("'{}' is no number", text.rows[r][c]),
                  .allowed = "a number, or nothing where it is missing"});
  else if (std::isinf(static_cast<float>(v)))
    problems.add({.file = text.file,
                  .line = text.lines[r],
                  .where = fmt::format("column '{}'", text.header[c]),
                  .what = fmt::format("'{}' is beyond single precision", text.rows[r][c]),
                  .allowed = "numbers of at most 3.4e38"});
  return v;
}

constexpr std::size_t kMostTold = 20;  // bad cells of one column

void check_names(const TextTable& text, core::Problems& problems) {
  std::set<std::string> seen;
  for (const std::string& name : text.header) {
    if (!seen.insert(name).second)
      problems.add({.file = text.file,
                    .line = 1,
                    .where = fmt::format("column '{}'", name),
                    .what = "is there twice",
                    .mend = "Rename or remove one of them"});
  }
}

std::vector<std::size_t> feature_columns(const TextTable& text, const TableRequest& request, TableFile& out,
                                         core::Problems& problems) {
  std::vector<std::size_t> columns;
  if (!request.columns.empty()) {
    for (const std::string& name : request.columns) columns.push_back(wanted_column(text, name, problems));
    return columns;
  }
  std::vector<std::string> left_out;
  for (std::size_t c = 0; c < text.header.size(); ++c) {
    if (text.header[c] == request.id || text.header[c] == request.target) continue;
    const bool needed =
        std::find(request.needed.begin(), request.needed.end(), text.header[c]) != request.needed.end();
    if (needed || all_numbers(text, c))
      columns.push_back(c);
    else
      left_out.push_back(text.header[c]);
  }
  if (!left_out.empty())
    out.said.push_back(
        fmt::format("{}: columns that hold texts are left out: {}", text.file, fmt::join(left_out, ", ")));
  if (columns.empty())
    problems.add({.file = text.file, .what = "has no column of numbers", .mend = "Give columns of features"});
  return columns;
}

// A number such as -9999 is learnt as any other: told, since trees take empty cells as missing.
void tell_code(const TextTable& text, std::size_t column, const std::vector<double>& values,
               std::vector<std::string>& said) {
  const auto code = data::code_among(values);
  if (!code) return;
  said.push_back(fmt::format(
      "{}: column '{}' is {:g} in {} row{}, far from all other values ({:g} to {:g}): it is taken "
      "as a number; leave these cells empty where it means missing",
      text.file, text.header[column], code->value, code->count, code->count == 1 ? "" : "s", code->least,
      code->largest));
}

void fill(const TextTable& text, const std::vector<std::size_t>& columns, Table& table,
          std::vector<std::string>& said, core::Problems& problems) {
  table.rows = text.rows.size();
  table.values.resize(table.rows * columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    table.names.push_back(text.header[columns[i]]);
    core::Problems bad;
    std::vector<double> column;
    for (std::size_t r = 0; r < table.rows && bad.size() < kMostTold; ++r) {
      column.push_back(cell(text, r, columns[i], bad));
      table.values[r * columns.size() + i] = static_cast<float>(column.back());
    }
    tell_code(text, columns[i], column, said);
    problems.add_all(bad.items());
  }
}

void read_target(const TextTable& text, std::size_t column, TableFile& out, core::Problems& problems) {
  core::Problems bad;
  for (std::size_t r = 0; r < text.rows.size() && bad.size() < kMostTold; ++r) {
    out.target.push_back(cell(text, r, column, bad));
    if (!std::isfinite(out.target.back()))
      bad.add({.file = text.file,
               .line = text.lines[r],
               .where = fmt::format("target '{}'", text.header[column]),
               .what = "is missing or not finite",
               .mend = "Remove the row, or give the value"});
  }
  tell_code(text, column, out.target, out.said);
  problems.add_all(bad.items());
}

}  // namespace

TableFile read_table(const std::filesystem::path& path, const TableRequest& request,
                     core::Problems& problems) {
  TableFile out;
  core::Problems found;
  const TextTable text = data::io::read_text_table(path, request.dialect, found);
  if (found.empty()) check_names(text, found);
  if (found.empty() && text.rows.empty())
    found.add({.file = text.file, .what = "has no rows", .mend = "Give at least one row under the names"});
  if (found.empty()) {
    const std::size_t none = text.header.size();
    const std::size_t id = request.id.empty() ? none : wanted_column(text, request.id, found);
    const std::size_t target = request.target.empty() ? none : wanted_column(text, request.target, found);
    const std::vector<std::size_t> columns = feature_columns(text, request, out, found);
    if (found.empty()) {
      if (!text.said.empty()) out.said.push_back(fmt::format("{}: {}", text.file, text.said));
      fill(text, columns, out.table, out.said, found);
      if (target != none) read_target(text, target, out, found);
      for (std::size_t r = 0; id != none && r < text.rows.size(); ++r)
        out.labels.push_back(text.rows[r].at(id));
    }
  }
  problems.add_all(found.items());
  return out;
}

Aligned align_columns(const Table& table, const Booster& booster, const std::string& file,
                      core::Problems& problems) {
  Aligned out;
  if (booster.feature_names.empty()) {
    if (table.features() != booster.features)
      problems.add({.file = file,
                    .what = fmt::format("has {} columns of numbers, the model {} features without names",
                                        table.features(), booster.features),
                    .mend = "Give exactly the columns that the model was trained on, in their order"});
    else
      out.table = table;
    out.said.push_back("the model has no feature names: columns are taken in their order");
    return out;
  }
  std::vector<std::size_t> columns;
  for (const std::string& name : booster.feature_names) {
    const auto found = std::find(table.names.begin(), table.names.end(), name);
    columns.push_back(static_cast<std::size_t>(found - table.names.begin()));
    if (found != table.names.end()) continue;
    const std::string near = core::nearest(name, table.names);
    problems.add({.file = file,
                  .where = fmt::format("feature '{}'", name),
                  .what = "is not among the columns",
                  .allowed = fmt::format("{}", fmt::join(table.names, ", ")),
                  .mend = near.empty() ? "Add the column" : fmt::format("Did you name it '{}'?", near)});
  }
  if (std::find(columns.begin(), columns.end(), table.features()) != columns.end()) return out;
  if (!std::is_sorted(columns.begin(), columns.end()))
    out.said.push_back(fmt::format(
        "{}: the columns stand in another order than the model's features; they are taken by name", file));
  std::vector<std::string> unused;
  for (std::size_t c = 0; c < table.features(); ++c) {
    if (std::find(columns.begin(), columns.end(), c) == columns.end()) unused.push_back(table.names[c]);
  }
  if (!unused.empty())
    out.said.push_back(fmt::format("{}: columns that the model does not know are left out: {}", file,
                                   fmt::join(unused, ", ")));
  out.table.names = booster.feature_names;
  out.table.rows = table.rows;
  out.table.values.reserve(table.rows * columns.size());
  for (std::size_t r = 0; r < table.rows; ++r) {
    for (const std::size_t c : columns) out.table.values.push_back(table.row(r)[c]);
  }
  return out;
}

}  // namespace phreatic::trees
