// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/load/table_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace phreatic::data::loading {

RawSeries gather(const std::vector<Part>& parts, std::size_t columns) {
  RawSeries raw;
  std::size_t rows = 0;
  for (const Part& part : parts) rows += part.end - part.first;
  raw.times.reserve(rows);
  raw.columns.resize(columns);
  for (std::vector<double>& column : raw.columns) column.reserve(rows);
  for (const Part& part : parts) {
    const io::CsvBlock& block = part.table->blocks[part.block];
    for (std::size_t row = part.first; row < part.end; ++row) raw.times.push_back(block.times[row]);
    for (std::size_t c = 0; c < raw.columns.size(); ++c) {
      raw.columns[c].insert(raw.columns[c].end(),
                            block.numbers[c].begin() + static_cast<std::ptrdiff_t>(part.first),
                            block.numbers[c].begin() + static_cast<std::ptrdiff_t>(part.end));
    }
  }
  return raw;
}

std::vector<Place> places_of(const std::vector<Part>& parts, core::Seconds time) {
  std::vector<Place> places;
  for (const Part& part : parts) {
    std::size_t before = 0;
    for (std::size_t b = 0; b < part.block; ++b) before += part.table->blocks[b].rows;
    for (std::size_t row = part.first; row < part.end; ++row) {
      if (part.table->blocks[part.block].times[row] == time)
        places.push_back({part.table, part.table->line_of(before + row)});
    }
  }
  return places;
}

std::string what_tells_apart(const Job& job, const std::vector<Place>& places) {
  if (places.size() < 2 || places[0].table != places[1].table || is_netcdf(places[0].table->file)) return "";
  std::vector<std::size_t> lines;
  for (const Place& place : places) lines.push_back(place.line);
  const auto cells = io::read_csv_lines(places[0].table->file, job.request, lines);
  std::string out;
  for (std::size_t c = 0; cells.size() > 2 && c < cells[0].size(); ++c) {
    const std::string& name = cells[0][c];
    if (std::find(job.request.numbers.begin(), job.request.numbers.end(), name) != job.request.numbers.end())
      continue;
    std::vector<std::string> texts;
    for (std::size_t r = 1; r < cells.size(); ++r) {
      if (c < cells[r].size() && std::find(texts.begin(), texts.end(), cells[r][c]) == texts.end())
        texts.push_back(cells[r][c]);
    }
    if (texts.size() > 1 && texts.front().find(':') != std::string::npos &&
        std::isdigit(static_cast<unsigned char>(texts.front()[0])) != 0) {
      return fmt::format("column '{}' tells the rows apart; it holds the time of day: time: [{}, {}]", name,
                         places[0].table->time_name, name);
    }
    const auto text = std::find_if(texts.begin(), texts.end(), [](const std::string& t) {
      double value = 0;
      return !io::parse_cell(t, '.', value);  // a word, not a second measurement
    });
    if (texts.size() < 2 || text == texts.end()) continue;
    std::string list;
    for (const std::string& t : texts) list += (list.empty() ? "'" : ", '") + t + "'";
    out += fmt::format("{}column '{}' tells the rows apart ({}): rows: {{{}: {}}}", out.empty() ? "" : "; ",
                       name, list, name, *text);
  }
  return out;
}

std::vector<std::vector<Part>> parts_by_id(const io::CsvTable& table) {
  std::vector<std::vector<Part>> parts(table.id_names.size());
  for (std::size_t b = 0; b < table.blocks.size(); ++b) {
    const io::CsvBlock& block = table.blocks[b];
    for (std::size_t r = 0; r < block.ids.size(); ++r) {
      const std::size_t end = r + 1 < block.ids.size() ? block.ids[r + 1].first_row : block.rows;
      parts[block.ids[r].id].push_back({&table, b, block.ids[r].first_row, end});
    }
  }
  return parts;
}

std::vector<Part> whole(const io::CsvTable& table) {
  std::vector<Part> parts;
  for (std::size_t b = 0; b < table.blocks.size(); ++b) parts.push_back({&table, b, 0, table.blocks[b].rows});
  return parts;
}

}  // namespace phreatic::data::loading
