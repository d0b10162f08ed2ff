// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/window/window.hpp"

#include <algorithm>

namespace phreatic::flow {

RowSpans::RowSpans(int rows)
    : first(static_cast<std::size_t>(rows), 0), last(static_cast<std::size_t>(rows), 0) {}

bool RowSpans::none() const {
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i] < last[i]) return false;
  }
  return true;
}

void RowSpans::include(int row, int column) {
  const auto i = static_cast<std::size_t>(row);
  const bool empty = first[i] >= last[i];
  first[i] = empty ? column : std::min(first[i], column);
  last[i] = empty ? column + 1 : std::max(last[i], column + 1);
}

void RowSpans::include(const RowSpans& other) {
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (other.first[i] >= other.last[i]) continue;
    include(static_cast<int>(i), other.first[i]);
    include(static_cast<int>(i), other.last[i] - 1);
  }
}

bool RowSpans::contain(const RowSpans& other) const {
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (other.first[i] < other.last[i] && (first[i] > other.first[i] || last[i] < other.last[i]))
      return false;
  }
  return true;
}

RowSpans RowSpans::widened(int by, int columns) const {
  const int rows = static_cast<int>(first.size());
  RowSpans out(rows);
  for (int i = 0; i < rows; ++i) {
    const auto from = static_cast<std::size_t>(i);
    if (first[from] >= last[from]) continue;
    for (int r = std::max(0, i - by); r <= std::min(rows - 1, i + by); ++r) {
      out.include(r, std::max(0, first[from] - by));
      out.include(r, std::min(columns, last[from] + by) - 1);
    }
  }
  return out;
}

Window make_window(const Layout& whole, RowSpans spans) {
  Window window;
  Layout& layout = window.layout;
  layout = whole;
  layout.strips = 1;
  layout.span_cells = 0;
  int first_row = whole.nrow;
  int last_row = 0;
  for (int i = 0; i < whole.nrow; ++i) {
    const auto of = static_cast<std::size_t>(i);
    if (spans.first[of] < spans.last[of]) {
      first_row = std::min(first_row, i);
      last_row = i + 1;
    }
    for (int k = 0; k < whole.nlay; ++k) {
      const std::size_t row = whole.row_index(k, i);
      layout.begin[row] = std::max(whole.begin[row], spans.first[of]);
      layout.end[row] = std::max(layout.begin[row], std::min(whole.end[row], spans.last[of]));
      layout.span_cells += static_cast<std::size_t>(layout.end[row] - layout.begin[row]);
    }
  }
  // From the row before on, whose links to the first row belong to that row of the matrix.
  layout.strip_row = {std::max(0, first_row - 1), std::max(first_row, last_row)};
  if (first_row >= last_row) layout.strip_row = {0, 0};
  window.spans = std::move(spans);
  return window;
}

std::vector<double> moved(const std::vector<double>& values, const Layout& from, const Layout& to) {
  std::vector<double> out;
  out.reserve(to.span_cells);
  std::size_t at = 0;  // in `values`, of the row's first cell
  for (int k = 0; k < to.nlay; ++k) {
    for (int i = 0; i < to.nrow; ++i) {
      const std::size_t row = to.row_index(k, i);
      const int begin = from.begin[row];
      const int end = from.end[row];
      for (int j = to.begin[row]; j < to.end[row]; ++j)
        out.push_back(j >= begin && j < end ? values[at + static_cast<std::size_t>(j - begin)] : 0.0);
      if (end > begin) at += static_cast<std::size_t>(end - begin);
    }
  }
  return out;
}

}  // namespace phreatic::flow
