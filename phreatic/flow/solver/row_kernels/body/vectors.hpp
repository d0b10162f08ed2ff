// SPDX-License-Identifier: BSD-3-Clause
// Products and updates of conjugate gradients along a row. Included once per instruction set (row_kernels_body.hpp).
#pragma once

#include <cstddef>

#include "phreatic/flow/solver/row_kernels/body/loops.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"

namespace phreatic::flow {
namespace {

template <class T>
double multiply_row(std::size_t n, const RowLinks<T>& a, const RowVectors<T>& x, T* q) {
  const T* excess = a.excess;
  const T* right = a.right;
  const T* front = a.front;
  const T* back = a.back;
  const T* down = a.down;
  const T* up = a.up;
  const T* p = x.here;
  const T* pf = x.front;
  const T* pb = x.back;
  const T* pd = x.down;
  const T* pu = x.up;
  T sum = 0;
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) {
    const T here = p[j];
    T value = excess[j] * here;
    value += right[j] * (here - p[j + 1]);
    value += *(right + j - 1) * (here - *(p + j - 1));
    value += front[j] * (here - pf[j]);
    value += back[j] * (here - pb[j]);
    value += down[j] * (here - pd[j]);
    value += up[j] * (here - pu[j]);
    q[j] = value;
    sum += here * value;
  }
  return static_cast<double>(sum);
}

template <class T>
void update_row(std::size_t n, T alpha, const T* p, const T* q, T* d, T* r) {
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) {
    d[j] += alpha * p[j];
    r[j] -= alpha * q[j];
  }
}

template <class T>
void direction_row(std::size_t n, T beta, const T* z, T* p) {
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) p[j] = z[j] + beta * p[j];
}

template <class T>
double masked_sum_row(std::size_t n, const T* inverse, const T* x) {
  T sum = 0;
  for (std::size_t j = 0; j < n; ++j) sum += inverse[j] != 0 ? x[j] : T(0);
  return static_cast<double>(sum);
}

template <class T>
void masked_add_row(std::size_t n, const T* inverse, T value, T* x) {
  for (std::size_t j = 0; j < n; ++j) x[j] += inverse[j] != 0 ? value : T(0);
}

}  // namespace
}  // namespace phreatic::flow
