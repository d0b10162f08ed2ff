// SPDX-License-Identifier: BSD-3-Clause
// Static attributes of wells, from CSV; texts are coded one-hot.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <set>

#include "phreatic/data/load/internal.hpp"
#include "phreatic/data/load/well_table.hpp"
#include "phreatic/data/missing_codes.hpp"

namespace phreatic::data::loading {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostNames = 10;
constexpr std::size_t kMostTexts = 5;

io::CsvDialect dialect_of_table(const AttributeParams& p) {
  io::CsvDialect dialect{p.separator, p.decimal, "auto", {}};
  set_missing(p.missing, dialect);
  return dialect;
}

// Cells that mean "missing" become empty.
void clear_missing(io::TextTable& table, const io::CsvDialect& dialect) {
  for (std::vector<std::string>& row : table.rows) {
    for (std::string& cell : row) {
      double value = 0;
      const bool number = io::parse_cell(cell, table.decimal, value) && value == value;
      const auto& codes = dialect.missing_codes;
      const auto& texts = dialect.missing_texts;
      if ((number && std::find(codes.begin(), codes.end(), value) != codes.end()) ||
          std::find(texts.begin(), texts.end(), cell) != texts.end())
        cell.clear();
    }
  }
}

// Is every cell of the column a number or missing?
bool is_numeric(const io::TextTable& table, std::size_t column) {
  double value = 0;
  return std::all_of(table.rows.begin(), table.rows.end(), [&](const std::vector<std::string>& row) {
    return io::parse_cell(row[column], table.decimal, value);
  });
}

// A column of numbers but for a few cells ("<3.5", "3.5 m") is no column of classes: the cells are named.
bool refuse_texts_among_numbers(const io::TextTable& table, std::size_t column, core::Problems& problems) {
  std::size_t numbers = 0;
  std::size_t texts = 0;
  std::size_t line = 0;
  std::string named;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const std::string& cell = table.rows[r][column];
    double value = 0;
    if (io::parse_cell(cell, table.decimal, value)) {
      numbers += std::isnan(value) ? 0U : 1U;
      continue;
    }
    if (++texts == 1) line = table.lines[r];
    if (texts <= kMostTexts)
      named += fmt::format("{}'{}' (line {})", named.empty() ? "" : ", ", cell, table.lines[r]);
  }
  if (texts == 0 || numbers <= texts) return false;
  if (texts > kMostTexts) named += fmt::format(" and {} more", texts - kMostTexts);
  problems.add(
      {.file = table.file,
       .line = line,
       .where = fmt::format("column '{}'", table.header[column]),
       .what = fmt::format("{} cells are numbers, {} {} not: {}", numbers, texts, texts == 1 ? "is" : "are",
                           named),
       .mend = fmt::format(
           "Mend the cells, name what means missing (missing: ['...']), or say that the column holds "
           "classes: categories: [{}]",
           table.header[column])});
  return true;
}

// A number such as -9999 that stands far from all others is no attribute.
void refuse_codes(const io::TextTable& table, std::size_t column, core::Problems& problems) {
  std::vector<double> values;
  for (const std::vector<std::string>& row : table.rows) {
    double value = kNaN;
    io::parse_cell(row[column], table.decimal, value);
    if (!std::isnan(value)) values.push_back(value);
  }
  if (values.empty()) return;
  for (const double code :
       {*std::min_element(values.begin(), values.end()), *std::max_element(values.begin(), values.end())}) {
    if (!looks_like_code(code)) continue;
    std::vector<double> others;
    std::copy_if(values.begin(), values.end(), std::back_inserter(others),
                 [&](double v) { return v != code; });
    if (others.empty() && values.size() < 2) continue;
    if (!others.empty()) {
      const auto [least, largest] = std::minmax_element(others.begin(), others.end());
      const double distance = code < *least ? *least - code : code - *largest;
      if (distance <= std::max(*largest - *least, std::max(std::abs(*least), std::abs(*largest)))) continue;
    } else if (code > 0) {
      continue;  // all alike: perhaps so
    }
    problems.add(
        {.file = table.file,
         .where = fmt::format("column '{}'", table.header[column]),
         .what =
             fmt::format("{:g} stands {} time{}, far from all other values; such numbers stand for 'missing'",
                         code, values.size() - others.size(), values.size() - others.size() == 1 ? "" : "s"),
         .mend = fmt::format("Declare it for these attributes: missing: [{}]", fmt::format("{}", code))});
    return;
  }
}

bool is_missing(const std::string& cell) {
  double value = 0;
  return io::parse_cell(cell, '.', value) && std::isnan(value);
}

// Whether something else than a groundwater level is all that the place has: a gauge of a river.
bool is_gauge(const LoadedData& data, const std::string& entity) {
  bool any = false;
  for (const TargetRecord& record : data.records) {
    if (record.entity != entity) continue;
    if (record.quantity != Quantity::other) return false;
    any = true;
  }
  return any;
}

using Columns = std::vector<std::pair<std::string, std::vector<double>>>;  // name, one value per entity

void add_numeric(const WellTable& wells, std::size_t column, Columns& out) {
  std::vector<double> values(wells.row_of.size(), kNaN);
  for (std::size_t e = 0; e < values.size(); ++e) {
    if (wells.row_of[e])
      io::parse_cell(wells.table.rows[*wells.row_of[e]][column], wells.table.decimal, values[e]);
  }
  out.emplace_back(wells.table.header[column], std::move(values));
}

void add_one_hot(const WellTable& wells, std::size_t column, Columns& out) {
  std::set<std::string> classes;
  const auto cell_of = [&](std::size_t e) -> std::string {
    return wells.row_of[e] ? wells.table.rows[*wells.row_of[e]][column] : std::string();
  };
  for (std::size_t e = 0; e < wells.row_of.size(); ++e) {
    if (!is_missing(cell_of(e))) classes.insert(cell_of(e));
  }
  for (const std::string& one : classes) {
    std::vector<double> values(wells.row_of.size(), kNaN);
    for (std::size_t e = 0; e < values.size(); ++e) {
      if (!is_missing(cell_of(e))) values[e] = cell_of(e) == one ? 1 : 0;
    }
    out.emplace_back(wells.table.header[column] + "=" + one, std::move(values));
  }
}

void add_columns(const AttributeParams& p, const WellTable& wells, core::Problems& problems,
                 std::vector<std::string>& said, Columns& out) {
  const io::TextTable& table = wells.table;
  std::vector<std::string> names = p.columns;
  const std::size_t id = p.id_column.empty() ? 0 : table.column(p.id_column);
  if (names.empty()) {
    for (std::size_t c = 0; c < table.header.size(); ++c) {
      if (c != id) names.push_back(table.header[c]);
    }
  }
  for (const std::string& name : p.categories) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  for (const std::string& name : names) {
    const std::size_t column = table.column(name);
    if (column >= table.header.size()) {
      const std::string near = core::nearest(name, table.header);
      problems.add({.file = table.file,
                    .what = fmt::format("there is no column '{}'{}", name,
                                        near.empty() ? "" : "; did you mean '" + near + "'?")});
      continue;
    }
    const bool declared = std::find(p.categories.begin(), p.categories.end(), name) != p.categories.end();
    if (declared || !is_numeric(table, column)) {
      if (!declared && refuse_texts_among_numbers(table, column, problems)) continue;
      const std::size_t before = out.size();
      add_one_hot(wells, column, out);
      said.push_back(fmt::format("{}: column '{}' holds classes: {} columns of 0 and 1", table.file, name,
                                 out.size() - before));
    } else {
      refuse_codes(table, column, problems);
      add_numeric(wells, column, out);
    }
  }
}

}  // namespace

void load_attributes(const DataParams& params, const std::filesystem::path& base, LoadedData& data,
                     core::Problems& problems) {
  Columns columns;
  for (const AttributeParams& p : params.attributes) {
    if (p.file.empty()) continue;
    auto wells = read_well_table(p.file, p.id_column, dialect_of_table(p), base, data, problems);
    if (!wells) continue;
    clear_missing(wells->table, dialect_of_table(p));
    for (std::size_t e = 0; e < wells->row_of.size(); ++e) {
      if (wells->row_of[e] || params.require.complete_attributes) continue;
      // Gauges beside wells, or gauges alone: what is no well may have no row in the wells' table.
      if (data.targets.size() > 1 || is_gauge(data, data.panel.entities[e])) {
        data.warnings.push_back(
            fmt::format("{}: no row for {}: its attributes stand at the mean of the others",
                        wells->table.file, data.panel.entities[e]));
        continue;
      }
      problems.add({.file = wells->table.file,
                    .where = "well " + data.panel.entities[e],
                    .what = "there is no row for this well",
                    .mend = "Add it, exclude the well, or set require.complete_attributes"});
    }
    add_columns(p, *wells, problems, data.said, columns);
  }
  Attributes& attributes = data.panel.attributes;
  for (const auto& [name, values] : columns) {
    if (std::find(attributes.names.begin(), attributes.names.end(), name) != attributes.names.end())
      problems.add({.where = "data.attributes", .what = "two files give the attribute '" + name + "'"});
    attributes.names.push_back(name);
  }
  for (std::size_t e = 0; e < data.panel.entity_count(); ++e) {
    for (const auto& [name, values] : columns) attributes.values.push_back(values[e]);
  }
}

void fill_attributes(LoadedData& data, core::Problems& problems) {
  Attributes& attributes = data.panel.attributes;
  const std::size_t count = attributes.names.size();
  for (std::size_t a = 0; a < count; ++a) {
    const bool one_hot = attributes.names[a].find('=') != std::string::npos;
    double sum = 0;
    std::size_t n = 0;
    std::string missing;
    std::size_t told = 0;
    for (std::size_t e = 0; e < data.panel.entity_count(); ++e) {
      const double value = attributes.values[e * count + a];
      if (std::isnan(value)) {
        if (++told <= kMostNames) missing += (missing.empty() ? "" : ", ") + data.panel.entities[e];
      } else {
        sum += value;
        ++n;
      }
    }
    if (missing.empty()) continue;
    if (told > kMostNames) missing += fmt::format(" and {} more", told - kMostNames);
    const bool gauges_alone = std::all_of(data.panel.entities.begin(), data.panel.entities.end(),
                                          [&](const std::string& one) { return is_gauge(data, one); });
    if (n == 0 && gauges_alone) {  // the table is of wells: a column that tells nothing
      for (std::size_t e = 0; e < data.panel.entity_count(); ++e) attributes.values[e * count + a] = 0;
      data.warnings.push_back(
          fmt::format("attribute '{}' is missing for every place of the study ({}): it stands at 0 and tells "
                      "them not apart",
                      attributes.names[a], missing));
      continue;
    }
    if (n == 0) {
      problems.add({.where = fmt::format("data.attributes, attribute '{}'", attributes.names[a]),
                    .what = "it is missing for every well of the study",
                    .mend = "Leave the column out ('columns' names those to take), or complete the file"});
      continue;
    }
    const double fill = one_hot || n == 0 ? 0 : sum / static_cast<double>(n);
    for (std::size_t e = 0; e < data.panel.entity_count(); ++e) {
      double& value = attributes.values[e * count + a];
      if (std::isnan(value)) value = fill;
    }
    const std::size_t wells = data.panel.entity_count() - n;
    data.warnings.push_back(
        fmt::format("attribute '{}' is missing for {} of {} wells ({}); filled with {}", attributes.names[a],
                    wells, data.panel.entity_count(), missing,
                    one_hot ? "no class" : fmt::format("the mean of the others, {:.6g}", fill)));
  }
}

}  // namespace phreatic::data::loading
