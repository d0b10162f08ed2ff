// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/solver/conjugate_gradients.hpp"

#include <algorithm>
#include <cmath>

namespace phreatic::flow {

template <class T>
void ConjugateGradients<T>::allocate(const Layout& layout) {
  for (Padded<T>* array : {&r_, &z_, &p_, &q_, &d_}) *array = layout.array<T>();
  row_sums_.assign(static_cast<std::size_t>(layout.nlay) * static_cast<std::size_t>(layout.nrow), 0.0);
}

template <class T>
void ConjugateGradients<T>::clear(const Layout& layout) {
  for_rows(layout, [&](int, int, std::size_t begin, std::size_t end) { clear(begin, end); });
}

template <class T>
void ConjugateGradients<T>::clear(std::size_t begin, std::size_t end) {
  for (Padded<T>* array : {&z_, &p_}) std::fill(array->data() + begin, array->data() + end, T{});
}

template <class T>
double ConjugateGradients<T>::sum_rows() const {
  double sum = 0;
  for (const double value : row_sums_) sum += value;
  return sum;
}

template <class T>
void ConjugateGradients<T>::start(const Layout& layout, const Padded<double>& residual) {
  std::fill(row_sums_.begin(), row_sums_.end(), 0.0);  // those of rows that this layout does not have
  for_each_strip(layout, [&](int strip) {
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      double largest = 0;
      for (std::size_t n = begin; n < end; ++n) largest = std::max(largest, std::abs(residual[n]));
      row_sums_[layout.row_index(k, i)] = largest;
    });
  });
  const double largest = *std::max_element(row_sums_.begin(), row_sums_.end());
  scale_ = largest > 0 ? largest : 1.0;
  std::fill(row_sums_.begin(), row_sums_.end(), 0.0);
  const double factor = 1 / scale_;
  for_each_strip(layout, [&](int strip) {
    for_rows(layout, strip, [&](int, int, std::size_t begin, std::size_t end) {
      for (std::size_t n = begin; n < end; ++n) {
        r_[n] = static_cast<T>(residual[n] * factor);
        d_[n] = 0;
        p_[n] = 0;
      }
    });
  });
}

// q = A p; returns p.q.
template <class T>
double ConjugateGradients<T>::multiply(const Layout& layout, const LinkMatrix<T>& a) {
  const RowKernels<T>& kernels = row_kernels<T>();
  const auto columns = static_cast<std::ptrdiff_t>(layout.ncol);
  const auto below = static_cast<std::ptrdiff_t>(layout.layer_cells);
  for_each_strip(layout, [&](int strip) {
    const FlushDenormals flush;
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      const T* p = p_.data() + begin;
      const RowVectors<T> vectors{p, p + columns, p - columns, k == layout.nlay - 1 ? p : p + below,
                                  k == 0 ? p : p - below};
      row_sums_[layout.row_index(k, i)] =
          kernels.multiply(end - begin, a.row(layout, k, begin), vectors, q_.data() + begin);
    });
  });
  return sum_rows();
}

template class ConjugateGradients<float>;
template class ConjugateGradients<double>;

}  // namespace phreatic::flow
