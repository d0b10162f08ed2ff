// SPDX-License-Identifier: BSD-3-Clause
// A table of numbers with named columns, as trees take it: single precision (XGBoost's), NaN = missing.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/io/csv/csv.hpp"
#include "phreatic/trees/booster.hpp"

namespace phreatic::trees {

struct Table {
  std::vector<std::string> names;  // [features]
  std::size_t rows = 0;
  std::vector<float> values;  // [rows][features]
  std::size_t features() const { return names.size(); }
  const float* row(std::size_t r) const { return values.data() + r * names.size(); }
};

struct TableRequest {
  data::io::CsvDialect dialect;
  std::string id;                    // column of names of the rows; "" = none
  std::string target;                // column of what is learned; "" = none
  std::vector<std::string> columns;  // wanted; empty = every other column that holds numbers
  std::vector<std::string>
      needed;  // with `columns` empty: read even where they hold texts, whose cells are told
};

struct TableFile {
  Table table;
  std::vector<std::string> labels;  // [rows] of the id column; or empty
  std::vector<double> target;       // [rows], or empty
  std::vector<std::string> said;    // what was detected or left out, one sentence each
};

// Reads a CSV file. Cells that are no number, a target that is missing, names that are not there or there
// twice are added to `problems`; columns of texts that were not asked for are left out and said.
TableFile read_table(const std::filesystem::path& path, const TableRequest& request,
                     core::Problems& problems);

// The columns of `table` in the order of the model's features. By name where the model has names (another
// order is said, columns that it does not know are left out and said, missing ones are problems); by place
// where it has none (the number of columns must fit, and that is said).
struct Aligned {
  Table table;
  std::vector<std::string> said;
};
Aligned align_columns(const Table& table, const Booster& booster, const std::string& file,
                      core::Problems& problems);

}  // namespace phreatic::trees
