// SPDX-License-Identifier: BSD-3-Clause
// Tables with a row for each well: attributes, places.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/data/load/internal.hpp"

namespace phreatic::data::loading {

// A table with the row of each well.
struct WellTable {
  io::TextTable table;
  std::vector<std::optional<std::size_t>> row_of;  // per entity
};

// Reads a table and finds the rows of the panel's entities by `id_column` (empty: the first). The file is noted in `data`;
// a file that can't be read, no such column and a well that stands twice are problems (std::nullopt for the first two).
std::optional<WellTable> read_well_table(const std::string& file, const std::string& id_column,
                                         const io::CsvDialect& dialect, const std::filesystem::path& base,
                                         LoadedData& data, core::Problems& problems);

}  // namespace phreatic::data::loading
