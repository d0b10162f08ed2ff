// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/page/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/io/csv/csv.hpp"

namespace phreatic::studies::recharge {
namespace {

const TableColumn* find(const Table& table, const std::string& name) {
  for (const TableColumn& column : table.columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

}  // namespace

bool Table::has(const std::string& name) const { return find(*this, name) != nullptr; }

const std::vector<double>& Table::numbers(const std::string& name) const {
  const TableColumn* column = find(*this, name);
  PHREATIC_ASSERT(column != nullptr && column->numbers.size() == ids.size());
  return column->numbers;
}

const std::vector<std::string>& Table::texts(const std::string& name) const {
  const TableColumn* column = find(*this, name);
  PHREATIC_ASSERT(column != nullptr && column->texts.size() == ids.size());
  return column->texts;
}

void write_table(const Table& table, const std::filesystem::path& path) {
  std::string text = table.key;
  for (const TableColumn& column : table.columns) text += "," + core::csv_cell(column.name);
  text += "\n";
  for (std::size_t i = 0; i < table.ids.size(); ++i) {
    text += core::csv_cell(table.ids[i]);
    for (const TableColumn& column : table.columns) {
      text += ',';
      if (!column.texts.empty()) {
        text += core::csv_cell(column.texts[i]);
      } else if (!std::isnan(column.numbers[i])) {
        text += fmt::format("{}", column.numbers[i]);
      }
    }
    text += '\n';
  }
  core::write_file_atomic(path, text);
}

Table read_table(const std::filesystem::path& path) {
  core::Problems problems;
  data::io::CsvDialect dialect;
  dialect.separator = "comma";
  dialect.decimal = "point";
  const data::io::TextTable read = data::io::read_text_table(path, dialect, problems);
  problems.throw_if_any();
  Table table;
  if (read.header.empty()) throw core::InputError({.file = path.string(), .what = "holds no table"});
  table.key = read.header.front();
  for (const auto& row : read.rows) table.ids.push_back(core::text_of_csv_cell(row.front()));
  for (std::size_t c = 1; c < read.header.size(); ++c) {
    TableColumn column{core::text_of_csv_cell(read.header[c]), {}, {}};
    double value = 0;
    const bool numeric = std::all_of(read.rows.begin(), read.rows.end(), [&](const auto& row) {
      return data::io::parse_cell(row[c], '.', value);
    });
    for (const auto& row : read.rows) {
      if (numeric) {
        data::io::parse_cell(row[c], '.', value);
        column.numbers.push_back(value);
      } else {
        column.texts.push_back(core::text_of_csv_cell(row[c]));
      }
    }
    table.columns.push_back(std::move(column));
  }
  return table;
}

}  // namespace phreatic::studies::recharge
