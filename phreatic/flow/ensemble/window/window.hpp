// SPDX-License-Identifier: BSD-3-Clause
// The part of a grid in which a scenario differs from its baseline: a range of columns in every row, the same in every
// layer, kept as a layout of its own, so that whatever runs over the spans of a layout runs over the window alone.
#pragma once

#include <vector>

#include "phreatic/flow/grid/layout.hpp"

namespace phreatic::flow {

// Columns [first, last) of every row; first >= last: none.
struct RowSpans {
  std::vector<int> first, last;  // [nrow]
  explicit RowSpans(int rows = 0);
  bool none() const;
  void include(int row, int column);
  void include(const RowSpans& other);
  bool contain(const RowSpans& other) const;
  // All cells that are not further than `by` rows and columns away, within `columns`.
  RowSpans widened(int by, int columns) const;
};

struct Window {
  RowSpans spans;
  Layout layout;  // in one strip; span_cells is the number of cells of the window
  bool empty() const { return layout.span_cells == 0; }
};
// Columns between the first and the last cell of each row, of any layer, in which is(cell) holds.
template <class Is>
RowSpans spans_where(const Layout& layout, Is&& is) {
  RowSpans found(layout.nrow);
  for_rows(layout, [&](int k, int i, std::size_t begin, std::size_t end) {
    std::size_t first = begin;
    while (first < end && !is(first)) ++first;
    if (first == end) return;
    std::size_t last = end - 1;
    while (!is(last)) --last;
    const std::size_t start = layout.row_start(k, i);
    found.include(i, static_cast<int>(first - start));
    found.include(i, static_cast<int>(last - start));
  });
  return found;
}

// What of a model's layout lies within spans.
Window make_window(const Layout& whole, RowSpans spans);

// Values of the cells of a window, layer by layer, row by row; `from` those of a smaller window: 0 elsewhere.
std::vector<double> moved(const std::vector<double>& values, const Layout& from, const Layout& to);

}  // namespace phreatic::flow
