// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/grid/layout.hpp"

#include <algorithm>

#include "phreatic/core/parallel.hpp"

namespace phreatic::flow {
namespace {

// Strips are cut by size alone, so that results do not depend on the number of threads.
constexpr std::size_t kCellsPerStrip = 120000;
constexpr int kMostStrips = 16;

void cut_strips(Layout& layout) {
  const int by_size = static_cast<int>(layout.span_cells / kCellsPerStrip);
  layout.strips = std::clamp(std::min(by_size, layout.nrow / 8), 1, kMostStrips);
  layout.strip_row.resize(static_cast<std::size_t>(layout.strips) + 1);
  std::vector<std::size_t> load(static_cast<std::size_t>(layout.nrow) + 1, 0);
  for (int i = 0; i < layout.nrow; ++i) {
    std::size_t cells = 0;
    for (int k = 0; k < layout.nlay; ++k) {
      const std::size_t row = layout.row_index(k, i);
      cells += static_cast<std::size_t>(layout.end[row] - layout.begin[row]);
    }
    load[static_cast<std::size_t>(i) + 1] = load[static_cast<std::size_t>(i)] + cells;
  }
  for (int s = 0; s < layout.strips; ++s) {
    const std::size_t wanted =
        load.back() * static_cast<std::size_t>(s) / static_cast<std::size_t>(layout.strips);
    layout.strip_row[static_cast<std::size_t>(s)] =
        static_cast<int>(std::lower_bound(load.begin(), load.end(), wanted) - load.begin());
  }
  layout.strip_row[0] = 0;
  layout.strip_row.back() = layout.nrow;
}

}  // namespace

Layout make_layout(const Grid& grid) {
  Layout layout;
  layout.nlay = grid.nlay;
  layout.nrow = grid.nrow;
  layout.ncol = grid.ncol;
  layout.layer_cells = grid.layer_cells();
  layout.cells = grid.cells();
  layout.pad = static_cast<std::size_t>(grid.ncol) + 16;
  const auto rows = static_cast<std::size_t>(grid.nlay) * static_cast<std::size_t>(grid.nrow);
  layout.begin.assign(rows, 0);
  layout.end.assign(rows, 0);
  for (std::size_t row = 0; row < rows; ++row) {
    int first = grid.ncol;
    int last = 0;
    for (int j = 0; j < grid.ncol; ++j) {
      if (grid.idomain[row * static_cast<std::size_t>(grid.ncol) + static_cast<std::size_t>(j)] == 0)
        continue;
      first = std::min(first, j);
      last = j + 1;
    }
    if (first >= last) continue;
    layout.begin[row] = first;
    layout.end[row] = last;
    layout.span_cells += static_cast<std::size_t>(last - first);
  }
  cut_strips(layout);
  return layout;
}

void for_each_strip(const Layout& layout, const std::function<void(int strip)>& body) {
  if (layout.strips == 1) {
    body(0);
    return;
  }
  core::parallel_for(static_cast<std::size_t>(layout.strips),
                     [&](std::size_t strip) { body(static_cast<int>(strip)); });
}

}  // namespace phreatic::flow
