// SPDX-License-Identifier: BSD-3-Clause
// A field map as it stands in the page: small enough, and packed.
#pragma once

#include <cstddef>
#include <vector>

#include "phreatic/report/encode.hpp"
#include "phreatic/report/figures.hpp"

namespace phreatic::report {

struct PackedField {
  std::size_t columns = 0;  // of blocks
  std::size_t rows = 0;
  std::size_t block = 1;  // cells of the field on a side of a block; the last block may be smaller
  double cell_width = 0;  // of a block
  double cell_height = 0;
  Json values;                      // [time][row][column], packed
  std::vector<double> outside;      // [row][column] 1 where most of a block's cells with value are outside
  std::vector<double> cell_entity;  // [row][column] index of the block's first cell that has one, else -1
};

// Blocks as small as fit into kFieldBytes at two bytes a value. Asserts that the sizes of `map` fit together.
PackedField pack_field(const FieldMap& map);

}  // namespace phreatic::report
