// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/load/well_table.hpp"

#include <fmt/format.h>

#include <map>

namespace phreatic::data::loading {

std::optional<WellTable> read_well_table(const std::string& file, const std::string& id_column,
                                         const io::CsvDialect& dialect, const std::filesystem::path& base,
                                         LoadedData& data, core::Problems& problems) {
  WellTable out;
  const std::size_t before = problems.size();
  try {
    out.table = io::read_text_table(expand_path(file, base), dialect, problems);
  } catch (const core::InputError& error) {
    problems.add_all(error.problems());
  }
  const io::TextTable& table = out.table;
  if (problems.size() != before) return std::nullopt;
  data.files.push_back({table.file, table.hash, table.bytes, table.rows.size()});
  if (!table.said.empty()) data.said.push_back(table.file + ": " + table.said);
  const std::size_t id = id_column.empty() ? 0 : table.column(id_column);
  if (id >= table.header.size()) {
    const std::string near = core::nearest(id_column, table.header);
    problems.add({.file = table.file,
                  .what = fmt::format("there is no column '{}'{}", id_column,
                                      near.empty() ? "" : "; did you mean '" + near + "'?")});
    return std::nullopt;
  }
  std::map<std::string, std::size_t> rows;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    if (rows.try_emplace(table.rows[r][id], r).second) continue;
    problems.add({.file = table.file,
                  .line = table.lines[r],
                  .what = fmt::format("'{}' stands twice; the first is on line {}", table.rows[r][id],
                                      table.lines[rows[table.rows[r][id]]])});
  }
  for (const std::string& well : data.panel.entities) {
    const auto found = rows.find(well);
    out.row_of.push_back(found == rows.end() ? std::nullopt : std::optional(found->second));
  }
  return out;
}

}  // namespace phreatic::data::loading
