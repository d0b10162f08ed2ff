// SPDX-License-Identifier: BSD-3-Clause
// Relaxed modified incomplete Cholesky factors of no fill (gustafsson1978): M = (D + L) D^-1 (D + L'), with
// the off-diagonals of A and pivots D so that a part `relaxation` of the fill is kept on the diagonal.
// Couplings between strips of rows are left out, so that strips run on several threads.
#pragma once

#include <cstdint>
#include <vector>

#include "phreatic/flow/grid/layout.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"

namespace phreatic::flow {

template <class T>
struct LinkMatrix {
  Padded<T> excess;  // row sum: storage and head-dependent boundaries, >= 0
  Padded<T> right;
  Padded<T> front;
  Padded<T> down;
  std::vector<T> zeros;  // a row of no links

  void allocate(const Layout& layout);
  std::size_t bytes() const;
  RowLinks<T> row(const Layout& layout, int layer, std::size_t cell) const;
};

template <class T>
class IncompleteFactor {
 public:
  void allocate(const Layout& layout);
  std::size_t bytes() const { return inverse_.bytes(); }
  void clear(const Layout& layout);                               // no cell of its spans takes part
  void take(const Layout& layout, const IncompleteFactor& from);  // pivots of the cells of its spans
  // Cells with ibound <= 0 take no part.
  void factor(const Layout& layout, const LinkMatrix<T>& a, const Padded<std::int8_t>& ibound,
              double relaxation);
  // Inverse pivots; 0 where a cell takes no part.
  const Padded<T>& inverse() const { return inverse_; }

  // z = M^-1 r; returns r.z, summed row by row in `row_sums` [layers * rows], which are 0 where the layout has no cells.
  // before_row(strip, layer, row, begin, end) is called before a row of r is read, while it is near.
  template <class BeforeRow>
  double solve(const Layout& layout, const LinkMatrix<T>& a, const Padded<T>& r, Padded<T>& z,
               BeforeRow&& before_row, std::vector<double>& row_sums) const;
  double solve(const Layout& layout, const LinkMatrix<T>& a, const Padded<T>& r, Padded<T>& z) const;

 private:
  Padded<T> inverse_;
};

// A row on the way of a sweep through the factors: its links to the rows that the sweep has done, those out of the strip left out.
template <class T>
struct SweepRow {
  int layer;
  int row;
  std::size_t begin;
  std::size_t n;
  RowLinks<T> links;
  bool outer_row;    // no row of the strip comes before it on the way
  bool outer_layer;  // no layer does
};

// Calls use(row) for the rows of a strip in the order of the sweep forward: the rows behind and above are done.
template <class T, class Use>
void for_rows_forward(const Layout& layout, const LinkMatrix<T>& a, int strip, Use&& use) {
  const int first = layout.strip_row[static_cast<std::size_t>(strip)];
  for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
    SweepRow<T> row{k, i, begin, end - begin, a.row(layout, k, begin), i == first, k == 0};
    if (row.outer_row) row.links.back = a.zeros.data();
    use(row);
  });
}

// The same for the sweep backward: the rows in front and below are done.
template <class T, class Use>
void for_rows_backward(const Layout& layout, const LinkMatrix<T>& a, int strip, Use&& use) {
  const int first = layout.strip_row[static_cast<std::size_t>(strip)];
  const int last = layout.strip_row[static_cast<std::size_t>(strip) + 1] - 1;
  for (int k = layout.nlay - 1; k >= 0; --k) {
    for (int i = last; i >= first; --i) {
      const std::size_t at = layout.row_index(k, i);
      if (layout.begin[at] >= layout.end[at]) continue;
      const std::size_t begin = layout.row_start(k, i) + static_cast<std::size_t>(layout.begin[at]);
      const auto n = static_cast<std::size_t>(layout.end[at] - layout.begin[at]);
      SweepRow<T> row{k, i, begin, n, a.row(layout, k, begin), i == last, k == layout.nlay - 1};
      if (row.outer_row) row.links.front = a.zeros.data();
      if (row.outer_layer) row.links.down = a.zeros.data();
      use(row);
    }
  }
}

// Another thread writes the rows of the strips beside this one: they are not even read.
template <class T>
template <class BeforeRow>
double IncompleteFactor<T>::solve(const Layout& layout, const LinkMatrix<T>& a, const Padded<T>& r,
                                  Padded<T>& z, BeforeRow&& before_row, std::vector<double>& row_sums) const {
  const RowKernels<T>& kernels = row_kernels<T>();
  const auto columns = static_cast<std::ptrdiff_t>(layout.ncol);
  const auto below = static_cast<std::ptrdiff_t>(layout.layer_cells);
  for_each_strip(layout, [&](int strip) {
    const FlushDenormals flush;
    for_rows_forward(layout, a, strip, [&](const SweepRow<T>& row) {
      before_row(strip, row.layer, row.row, row.begin, row.begin + row.n);
      T* here = z.data() + row.begin;
      kernels.forward(row.n, row.links, inverse_.data() + row.begin, r.data() + row.begin,
                      row.outer_row ? a.zeros.data() : here - columns, row.outer_layer ? here : here - below,
                      here);
    });
    for_rows_backward(layout, a, strip, [&](const SweepRow<T>& row) {
      T* here = z.data() + row.begin;
      row_sums[layout.row_index(row.layer, row.row)] = kernels.backward(
          row.n, row.links, inverse_.data() + row.begin, r.data() + row.begin,
          row.outer_row ? a.zeros.data() : here + columns, row.outer_layer ? here : here + below, here);
    });
  });
  double sum = 0;
  for (const double value : row_sums) sum += value;
  return sum;
}

}  // namespace phreatic::flow
