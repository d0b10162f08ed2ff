// SPDX-License-Identifier: BSD-3-Clause
// Which rows of tables belong to one entity; for the sources of this folder.
#pragma once

#include <string>
#include <vector>

#include "phreatic/data/load/internal.hpp"

namespace phreatic::data::loading {

// Rows [first, end) of a block of a table.
struct Part {
  const io::CsvTable* table = nullptr;
  std::size_t block = 0;
  std::size_t first = 0;
  std::size_t end = 0;
};

// Parts of each entity of a long table, in order of first appearance.
std::vector<std::vector<Part>> parts_by_id(const io::CsvTable& table);
std::vector<Part> whole(const io::CsvTable& table);

// Their rows one after the other.
RawSeries gather(const std::vector<Part>& parts, std::size_t columns);

// A line of one of the files.
struct Place {
  const io::CsvTable* table = nullptr;
  std::size_t line = 0;
};

// Where an entity has this time.
std::vector<Place> places_of(const std::vector<Part>& parts, core::Seconds time);

// Columns besides the values that tell rows of one time apart, with the row filter that chooses one of them.
std::string what_tells_apart(const Job& job, const std::vector<Place>& places);

}  // namespace phreatic::data::loading
