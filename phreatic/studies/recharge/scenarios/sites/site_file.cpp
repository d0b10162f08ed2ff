// SPDX-License-Identifier: BSD-3-Clause
// Sites in files: the user's own list, and the study's sites.csv.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <optional>

#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/data/io/csv/csv.hpp"
#include "phreatic/studies/recharge/scenarios/sites/site_file.hpp"

namespace phreatic::studies::recharge {
namespace {

using data::io::TextTable;

constexpr const char* kColumns = "id, row, column, area_km2, rate_mm_per_day";

// Numbers of one row by the columns above; NaN where one is missing or no number, which is told.
struct Row {
  std::string id;
  double row = 0, column = 0, area = 0, rate = 0;
  std::size_t line = 0;
  bool whole = true;
};

Row read_row(const TextTable& table, std::size_t i, core::Problems& problems) {
  Row out;
  out.line = table.lines[i];
  out.id = core::text_of_csv_cell(table.rows[i][table.column("id")]);
  for (const auto& [name, target] :
       {std::pair{"row", &out.row}, std::pair{"column", &out.column}, std::pair{"area_km2", &out.area},
        std::pair{"rate_mm_per_day", &out.rate}}) {
    const std::string& cell = table.rows[i][table.column(name)];
    if (data::io::parse_cell(cell, table.decimal, *target) && !std::isnan(*target)) continue;
    out.whole = false;
    problems.add({.file = table.file,
                  .line = out.line,
                  .where = fmt::format("column '{}'", name),
                  .what = "'" + cell + "' is not a number"});
  }
  return out;
}

// The site around the named cell; std::nullopt with a problem where it reaches out of the grid.
std::optional<Site> site_of_row(const Ground& ground, const Row& row, const TextTable& table,
                                core::Problems& problems) {
  if (row.rate <= 0)
    problems.add({.file = table.file,
                  .line = row.line,
                  .where = "site " + row.id,
                  .what = fmt::format("its rate is {:g} mm/d", row.rate),
                  .allowed = "above 0"});
  check_area(ground, row.area, table.file, row.line, "site " + row.id, problems);
  const Extent extent = extent_of(ground, row.area);
  const double first_row = row.row - 1 - static_cast<double>(extent.rows / 2);
  const double first_column = row.column - 1 - static_cast<double>(extent.columns / 2);
  if (first_row < 0 || first_column < 0 ||
      first_row + static_cast<double>(extent.rows) > static_cast<double>(ground.rows()) ||
      first_column + static_cast<double>(extent.columns) > static_cast<double>(ground.columns())) {
    problems.add({.file = table.file,
                  .line = row.line,
                  .where = "site " + row.id,
                  .what = fmt::format("row {:g}, column {:g} with {} x {} cells reaches out of the grid",
                                      row.row, row.column, extent.rows, extent.columns),
                  .allowed = fmt::format("rows 1 to {}, columns 1 to {}", ground.rows(), ground.columns())});
    return std::nullopt;
  }
  Site site{row.id,
            static_cast<std::size_t>(first_row),
            static_cast<std::size_t>(first_column),
            extent.rows,
            extent.columns,
            row.rate,
            0,
            0};
  site.area_km2 = static_cast<double>(site.rows * site.columns) * ground.cell_area() * 1e-6;
  return site;
}

void check_columns(const TextTable& table, core::Problems& problems) {
  for (const char* name : {"id", "row", "column", "area_km2", "rate_mm_per_day"}) {
    if (table.column(name) == table.header.size())
      problems.add({.file = table.file,
                    .line = 1,
                    .what = fmt::format("there is no column '{}'", name),
                    .allowed = kColumns});
  }
  if (table.rows.empty()) problems.add({.file = table.file, .what = "holds no site"});
}

void check_cells(const Ground& ground, const std::vector<bool>& allowed, const Site& site,
                 const TextTable& table, std::size_t line, core::Problems& problems) {
  for (std::size_t r = site.row; r < site.row + site.rows; ++r) {
    for (std::size_t c = site.column; c < site.column + site.columns; ++c) {
      const std::size_t place = r * ground.columns() + c;
      if (allowed[place]) continue;
      problems.add({.file = table.file,
                    .line = line,
                    .where = "site " + site.id,
                    .what = fmt::format("its cell in row {}, column {} {}", r + 1, c + 1,
                                        ground.exists[place] ? "has a fixed head or lies outside of the mask"
                                                             : "is inactive"),
                    .mend = "Move the site"});
      return;
    }
  }
}

}  // namespace

SiteDesign read_sites(const Ground& ground, const std::vector<double>& leakage_m,
                      const std::vector<double>& mask, const ScenarioParams& params,
                      const std::string& study_file) {
  core::Problems problems;
  const TextTable table = data::io::read_text_table(params.file, {}, problems);
  problems.throw_if_any();
  check_columns(table, problems);
  problems.throw_if_any();
  const std::vector<bool> allowed = allowed_cells(ground, mask);
  std::map<std::string, std::size_t> lines;
  SiteDesign design;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const Row row = read_row(table, i, problems);
    const auto [known, is_new] = lines.emplace(row.id, row.line);
    if (!is_new)
      problems.add({.file = table.file,
                    .line = row.line,
                    .where = "site " + row.id,
                    .what = fmt::format("line {} has the same id", known->second),
                    .mend = "Give every site an id of its own"});
    if (!row.whole) continue;
    const auto site = site_of_row(ground, row, table, problems);
    if (!site) continue;
    check_cells(ground, allowed, *site, table, row.line, problems);
    design.sites.push_back(*site);
  }
  problems.throw_if_any();
  spread_over_runs(ground, leakage_m, params, study_file, design);
  return design;
}

Table table_of(const std::vector<Site>& sites, const Ground& ground) {
  Table table;
  const auto column = [&](const char* name, auto value) {
    std::vector<double> numbers;
    for (const Site& s : sites) numbers.push_back(static_cast<double>(value(s)));
    table.add(name, std::move(numbers));
  };
  for (const Site& s : sites) table.ids.push_back(s.id);
  column("row", [](const Site& s) { return s.centre_row() + 1; });
  column("column", [](const Site& s) { return s.centre_column() + 1; });
  const auto centre = [&](const Site& s) {
    return data::to_ground(ground.geo, static_cast<double>(s.column) + 0.5 * static_cast<double>(s.columns),
                           static_cast<double>(s.row) + 0.5 * static_cast<double>(s.rows));
  };
  column("x_m", [&](const Site& s) { return centre(s).first; });
  column("y_m", [&](const Site& s) { return centre(s).second; });
  column("rows", [](const Site& s) { return s.rows; });
  column("columns", [](const Site& s) { return s.columns; });
  column("area_km2", [](const Site& s) { return s.area_km2; });
  column("rate_mm_per_day", [](const Site& s) { return s.rate_mm_per_day; });
  column("run", [](const Site& s) { return s.run + 1; });
  return table;
}

std::vector<Site> sites_of(const Table& table) {
  std::vector<Site> out;
  for (std::size_t i = 0; i < table.ids.size(); ++i) {
    const auto count = [&](const char* name) { return static_cast<std::size_t>(table.numbers(name)[i]); };
    Site s{table.ids[i],
           0,
           0,
           count("rows"),
           count("columns"),
           table.numbers("rate_mm_per_day")[i],
           table.numbers("area_km2")[i],
           static_cast<int>(count("run")) - 1};
    s.row = count("row") - 1 - s.rows / 2;
    s.column = count("column") - 1 - s.columns / 2;
    out.push_back(s);
  }
  return out;
}

}  // namespace phreatic::studies::recharge
