// SPDX-License-Identifier: BSD-3-Clause
// The table of a regression study and its parts.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/studies/regression/settings.hpp"

namespace phreatic::studies::regression {

enum class Part { training, validation, test, left_out };
std::string part_name(Part part);

struct PreparedTable {
  learn::RowTable table;
  std::vector<std::size_t> row;   // [rows] zero-based row of the file
  std::vector<Part> part;         // [rows]
  std::vector<std::string> said;  // what was left out and how rows were cut, one line each
  std::vector<std::size_t> rows_of(Part which) const;
};

// Throws InputError with everything that is wrong. Rows with a missing value are left out, and said.
PreparedTable load_table(const RegressionSettings& settings, const std::string& study_file);
// Where a path of the study file lies.
std::filesystem::path path_of(const std::string& named, const std::string& study_file);

}  // namespace phreatic::studies::regression
