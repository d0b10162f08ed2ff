// SPDX-License-Identifier: BSD-3-Clause
// How cell arrays lie in memory: the whole structured grid, columns fastest, with zeros before and behind so
// that the neighbours at +-1 and +-ncol can always be read. Each row of each layer has the span of columns
// that holds cells of the model; loops run over spans, so that wide margins of inactive cells cost nothing.
// Inactive cells inside a span have zero conductances to all neighbours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "phreatic/flow/model.hpp"

namespace phreatic::flow {

// A cell array with `pad` zeros on both sides.
template <class T>
class Padded {
 public:
  Padded() = default;
  Padded(std::size_t size, std::size_t pad) : pad_(pad), size_(size), values_(size + 2 * pad, T{}) {}
  T* data() { return values_.data() + pad_; }
  const T* data() const { return values_.data() + pad_; }
  T& operator[](std::size_t i) { return values_[pad_ + i]; }
  const T& operator[](std::size_t i) const { return values_[pad_ + i]; }
  std::size_t size() const { return size_; }
  bool empty() const { return values_.empty(); }
  void fill(T value) { values_.assign(values_.size(), value); }
  std::size_t bytes() const { return values_.capacity() * sizeof(T); }

 private:
  std::size_t pad_ = 0;
  std::size_t size_ = 0;
  std::vector<T> values_;
};

struct Layout {
  int nlay = 0;
  int nrow = 0;
  int ncol = 0;
  std::size_t layer_cells = 0;
  std::size_t cells = 0;
  std::size_t pad = 0;
  std::vector<int> begin;  // [nlay * nrow] first column of the row's span
  std::vector<int> end;    // one behind the last
  std::size_t span_cells = 0;
  int strips = 1;              // row strips whose preconditioner blocks are independent
  std::vector<int> strip_row;  // [strips + 1] first row of each strip

  std::size_t row_start(int layer, int row) const {
    return row_index(layer, row) * static_cast<std::size_t>(ncol);
  }
  std::size_t row_index(int layer, int row) const {
    return static_cast<std::size_t>(layer) * static_cast<std::size_t>(nrow) + static_cast<std::size_t>(row);
  }
  template <class T>
  Padded<T> array() const {
    return Padded<T>(cells, pad);
  }
};

Layout make_layout(const Grid& grid);

// Calls body(strip) for every strip, on several threads when there are several strips.
void for_each_strip(const Layout& layout, const std::function<void(int strip)>& body);

// Calls body(layer, row, first cell, one behind the last cell) for every row of a strip with a span, layer by
// layer.
template <class Body>
void for_rows(const Layout& layout, int strip, Body&& body) {
  for (int k = 0; k < layout.nlay; ++k) {
    for (int i = layout.strip_row[static_cast<std::size_t>(strip)];
         i < layout.strip_row[static_cast<std::size_t>(strip) + 1]; ++i) {
      const std::size_t row = layout.row_index(k, i);
      if (layout.begin[row] >= layout.end[row]) continue;
      const std::size_t start = layout.row_start(k, i);
      body(k, i, start + static_cast<std::size_t>(layout.begin[row]),
           start + static_cast<std::size_t>(layout.end[row]));
    }
  }
}

// The same for all strips, one after the other.
template <class Body>
void for_rows(const Layout& layout, Body&& body) {
  for (int strip = 0; strip < layout.strips; ++strip) for_rows(layout, strip, body);
}

}  // namespace phreatic::flow
