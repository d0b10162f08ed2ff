// SPDX-License-Identifier: BSD-3-Clause
// The shape of the land: correlated random fields, a surface that drains to one outlet, its river network.
// Arrays are [rows * columns], row 0 in the north, columns fastest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace phreatic::basin {

struct Shape {
  int rows = 0;
  int columns = 0;
  std::size_t cells() const { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns); }
  std::size_t cell(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
           static_cast<std::size_t>(column);
  }
  int row(std::size_t cell) const { return static_cast<int>(cell) / columns; }
  int column(std::size_t cell) const { return static_cast<int>(cell) % columns; }
};

// Standard normal in every cell, correlation exp(-d^2 / (2 range^2)) at d cells: white noise smoothed by a
// Gaussian kernel of standard deviation range / sqrt(2), beyond the edges too, so that the statistics are the
// same everywhere.
std::vector<double> correlated_field(Shape shape, double range_cells, std::uint64_t seed,
                                     std::string_view purpose);

inline constexpr int kNowhere = -1;

// Where the water of each cell goes. Depressions are filled from the outlet inwards by a priority queue
// (barnes2014), each filled cell a step above the one it was reached from.
struct Drainage {
  std::vector<int> downstream;      // [cells] cell that this one drains to; kNowhere at the outlet
  std::vector<std::size_t> order;   // cells from the outlet upwards: every cell after its downstream one
  std::vector<double> cells_above;  // [cells] number of cells that drain through this one, itself included
};
// Raises `surface` where it must be to drain to `outlet`, each raised cell by its own `step` (> 0) above the
// next: unequal steps keep rivers on filled ground from running in straight parallel lines.
Drainage drain_to(Shape shape, std::size_t outlet, const std::vector<double>& step,
                  std::vector<double>& surface);

}  // namespace phreatic::basin
