// SPDX-License-Identifier: BSD-3-Clause
// The study's tables as CSV files: a row for each site or cell, named; columns of numbers and of texts.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace phreatic::studies::recharge {

struct TableColumn {
  std::string name;
  std::vector<double> numbers;     // NaN = empty cell
  std::vector<std::string> texts;  // in place of numbers
};

struct Table {
  std::string key = "site";  // name of the first column
  std::vector<std::string> ids;
  std::vector<TableColumn> columns;

  void add(std::string name, std::vector<double> numbers) {
    columns.push_back({std::move(name), std::move(numbers), {}});
  }
  void add(std::string name, std::vector<std::string> texts) {
    columns.push_back({std::move(name), {}, std::move(texts)});
  }
  bool has(const std::string& name) const;
  // Asserts that the column is there.
  const std::vector<double>& numbers(const std::string& name) const;
  const std::vector<std::string>& texts(const std::string& name) const;
};

// Atomically, numbers with the digits that read back to the same double. Throws RunError.
void write_table(const Table& table, const std::filesystem::path& path);
// A column whose cells are all numbers or empty is one of numbers. Throws InputError.
Table read_table(const std::filesystem::path& path);

}  // namespace phreatic::studies::recharge
