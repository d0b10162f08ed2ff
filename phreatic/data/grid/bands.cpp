// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/grid/bands.hpp"

#include <algorithm>

namespace phreatic::data {

void BandsInMemory::read(int band, const Window& window, std::vector<double>& values) const {
  values.resize(window.cells());
  const auto width = static_cast<std::size_t>(width_);
  const std::size_t begin = static_cast<std::size_t>(band) * width * static_cast<std::size_t>(height_);
  auto to = values.begin();
  for (int r = window.row; r < window.row + window.rows; ++r) {
    const std::size_t from =
        begin + static_cast<std::size_t>(r) * width + static_cast<std::size_t>(window.column);
    to = std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(from), window.columns, to);
  }
}

std::vector<Window> pieces(const Bands& bands, const Window& whole) {
  if (whole.columns <= 0 || whole.rows <= 0) return {};  // of what lies beside the grid
  constexpr auto kLimit = static_cast<int>(kWindowCells);
  const Window block = bands.block();
  // As many whole blocks as fit, side by side first; a block that is larger than a piece is cut by rows.
  const int block_rows = std::max(1, std::min(block.rows, kLimit / std::max(1, block.columns)));
  const int across = std::max(1, kLimit / block_rows / std::max(1, block.columns));
  const int columns = across < whole.columns / block.columns + 2 ? across * block.columns : whole.columns;
  const int rows = std::max(1, kLimit / std::min(columns, whole.columns) / block_rows) * block_rows;
  std::vector<Window> out;
  for (int row = whole.row; row < whole.row + whole.rows;) {
    // The first piece ends where a block ends.
    const int end = std::min(whole.row + whole.rows, (row / rows + 1) * rows);
    for (int column = whole.column; column < whole.column + whole.columns;) {
      const int right = std::min(whole.column + whole.columns, (column / columns + 1) * columns);
      out.push_back({column, row, right - column, end - row});
      column = right;
    }
    row = end;
  }
  return out;
}

}  // namespace phreatic::data
