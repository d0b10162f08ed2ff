// SPDX-License-Identifier: BSD-3-Clause
// Which columns of a file are read as what.
#include <fmt/format.h>

#include <algorithm>

#include "phreatic/data/io/csv/csv_internal.hpp"

namespace phreatic::data::io::csv {
namespace {

std::string list_of(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < 20; ++i) {
    out += (i == 0 ? "'" : ", '") + names[i] + "'";
  }
  return names.size() > 20 ? out + ", ..." : out;
}

// Index of a wanted column; header.size() with a problem when it is not there or stands twice.
std::size_t locate(const std::string& name, const Layout& layout, const std::string& file,
                   const std::string& where, core::Problems& problems) {
  const std::vector<std::string>& header = layout.header;
  const auto found = std::find(header.begin(), header.end(), name);
  core::Problem problem{.file = file, .line = layout.header_line, .where = where};
  if (found == header.end()) {
    const std::string near = core::nearest(name, header);
    problem.what =
        fmt::format("there is no column '{}'{}", name, near.empty() ? "" : "; did you mean '" + near + "'?");
    problem.allowed = list_of(header);
  } else if (std::find(found + 1, header.end(), name) != header.end()) {
    problem.what = fmt::format("column '{}' stands twice in the header", name);
    problem.mend = "Rename one of the two";
  } else {
    return static_cast<std::size_t>(found - header.begin());
  }
  problems.add(std::move(problem));
  return header.size();
}

// The wanted number columns by name, or the only one there is.
std::vector<std::string> number_names(const CsvRequest& request, const Layout& layout,
                                      std::size_t time_column, const std::string& file,
                                      core::Problems& problems) {
  if (!request.numbers.empty()) return request.numbers;
  std::vector<std::string> others;
  for (std::size_t c = 0; c < layout.header.size(); ++c) {
    if (layout.header[c].empty()) continue;  // separators at the end of every line
    if (c != time_column && (request.id.empty() || layout.header[c] != request.id))
      others.push_back(layout.header[c]);
  }
  if (others.size() == 1) return others;
  problems.add({.file = file,
                .line = layout.header_line,
                .where = request.where,
                .what = others.empty() ? "there is no column besides the date"
                                       : "which column holds the values is not declared",
                .allowed = list_of(others),
                .mend = "Declare 'column' for this source"});
  return {};
}

// A header that is a row of data: its date cell is a date.
bool header_is_data(const Layout& layout, std::size_t time_column) {
  std::int64_t day = 0;
  std::int32_t second = 0;
  return time_column < layout.header.size() &&
         read_time(layout.header[time_column], layout.time, day, second);
}

// Columns of the time's other parts, or of filters.
bool add_others(const std::vector<std::size_t>& columns, Action action, std::size_t first_target, Plan& plan,
                const CsvRequest& request, const std::string& file, core::Problems& problems) {
  for (std::size_t k = 0; k < columns.size(); ++k) {
    if (plan.actions[columns[k]] != Action::skip) {
      problems.add({.file = file,
                    .where = request.where,
                    .what = fmt::format("column '{}' is asked for twice", plan.layout.header[columns[k]])});
      return false;
    }
    plan.actions[columns[k]] = action;
    plan.targets[columns[k]] = first_target + k;
  }
  return true;
}

}  // namespace

bool make_plan(const CsvRequest& request, const std::string& file, Plan& plan, CsvTable& table,
               core::Problems& problems) {
  const Layout& layout = plan.layout;
  const std::size_t before = problems.size();
  const std::size_t time_column = request.time.empty()
                                      ? find_time_column(layout.header, "", request.id)
                                      : locate(request.time, layout, file, request.where, problems);
  if (header_is_data(layout, time_column)) {
    problems.add({.file = file,
                  .line = layout.header_line,
                  .where = request.where,
                  .what = "the first line is data; a header with column names is missing",
                  .mend = "Add a first line such as 'date,value', or declare header_line"});
    return false;
  }
  table.number_names = number_names(request, layout, time_column, file, problems);
  std::vector<std::size_t> columns;
  for (const std::string& name : table.number_names) {
    columns.push_back(locate(name, layout, file, request.where, problems));
  }
  const std::size_t id_column =
      request.id.empty() ? layout.header.size() : locate(request.id, layout, file, request.where, problems);
  std::vector<std::size_t> more_time;
  for (const std::string& name : request.more_time)
    more_time.push_back(locate(name, layout, file, request.where, problems));
  std::vector<std::size_t> filters;
  for (const auto& [name, texts] : request.rows)
    filters.push_back(locate(name, layout, file, request.where, problems));
  if (problems.size() != before) return false;
  table.time_name = layout.header[time_column];
  std::size_t last = std::max(time_column, request.id.empty() ? 0 : id_column);
  for (const auto* list : {&columns, &more_time, &filters}) {
    for (const std::size_t c : *list) last = std::max(last, c);
  }
  plan.actions.assign(last + 1, Action::skip);
  plan.targets.assign(last + 1, 0);
  for (std::size_t k = 0; k < columns.size(); ++k) {
    if (columns[k] == time_column || columns[k] == id_column || plan.actions[columns[k]] == Action::number) {
      problems.add({.file = file,
                    .where = request.where,
                    .what = fmt::format("column '{}' is asked for twice", table.number_names[k])});
      return false;
    }
    plan.actions[columns[k]] = Action::number;
    plan.targets[columns[k]] = k;
  }
  plan.actions[time_column] = Action::time;
  if (!request.id.empty()) plan.actions[id_column] = Action::id;
  if (!add_others(more_time, Action::more_time, 1, plan, request, file, problems) ||
      !add_others(filters, Action::filter, 0, plan, request, file, problems))
    return false;
  plan.number_count = columns.size();
  plan.time_parts = 1 + more_time.size();
  plan.filters = request.rows;
  plan.missing_codes = request.dialect.missing_codes;
  plan.missing_texts = request.dialect.missing_texts;
  plan.qualifiers = request.dialect.qualifiers;
  if (!layout.units.empty()) {
    for (const std::size_t c : columns)
      table.number_units.push_back(c < layout.units.size() ? layout.units[c] : "");
  }
  return true;
}

}  // namespace phreatic::data::io::csv
