// SPDX-License-Identifier: BSD-3-Clause
// A layer of cells as a heat map by row and column.
#pragma once

#include <cstddef>
#include <span>

#include "phreatic/report/figures.hpp"

namespace phreatic::studies {

// values [rows][columns]; NaN = no value. A grid of more than 120 cells along a side is drawn as means over blocks of
// cells, each over the cells that have a value.
report::Heatmap block_map(std::span<const double> values, std::size_t rows, std::size_t columns,
                          report::Quantity quantity);

}  // namespace phreatic::studies
