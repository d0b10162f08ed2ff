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

  // z = M^-1 r; returns r.z, summed row by row. before_row(strip, layer, row, begin, end) is called before a
  // row of r is read, while it is near.
  template <class BeforeRow>
  double solve(const Layout& layout, const LinkMatrix<T>& a, const Padded<T>& r, Padded<T>& z,
               BeforeRow&& before_row) const;
  double solve(const Layout& layout, const LinkMatrix<T>& a, const Padded<T>& r, Padded<T>& z) const {
    return solve(layout, a, r, z, [](int, int, int, std::size_t, std::size_t) {});
  }

 private:
  void backward(const Layout& layout, const LinkMatrix<T>& a, int strip, const Padded<T>& r,
                Padded<T>& z) const;
  double sum_rows() const;

  Padded<T> inverse_;
  mutable std::vector<double> row_sums_;  // of the last solve
};

template <class T>
template <class BeforeRow>
double IncompleteFactor<T>::solve(const Layout& layout, const LinkMatrix<T>& a, const Padded<T>& r,
                                  Padded<T>& z, BeforeRow&& before_row) const {
  const RowKernels<T>& kernels = row_kernels<T>();
  const auto columns = static_cast<std::ptrdiff_t>(layout.ncol);
  const auto below = static_cast<std::ptrdiff_t>(layout.layer_cells);
  for_each_strip(layout, [&](int strip) {
    const FlushDenormals flush;
    const int first_row = layout.strip_row[static_cast<std::size_t>(strip)];
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      before_row(strip, k, i, begin, end);
      RowLinks<T> links = a.row(layout, k, begin);
      if (i == first_row) links.back = a.zeros.data();
      T* here = z.data() + begin;
      // Another thread writes the rows of the strips beside this one: they are not even read.
      kernels.forward(end - begin, links, inverse_.data() + begin, r.data() + begin,
                      i == first_row ? a.zeros.data() : here - columns, k == 0 ? here : here - below, here);
    });
    backward(layout, a, strip, r, z);
  });
  return sum_rows();
}

}  // namespace phreatic::flow
