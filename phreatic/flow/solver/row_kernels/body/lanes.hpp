// SPDX-License-Identifier: BSD-3-Clause
// Lanes side by side: no recurrence crosses lanes, so every operation is one on a whole vector. Included once per
// instruction set (row_kernels_body.hpp).
#pragma once

#include <cstddef>
#include <cstring>

#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"

namespace phreatic::flow {
namespace {

template <class T>
struct LaneVector;
template <>
struct LaneVector<float> {
  typedef float Type
      __attribute__((vector_size(4 * kLanes)));  // NOLINT: GCC's vector extension wants typedef
};
template <>
struct LaneVector<double> {
  typedef double Type __attribute__((vector_size(8 * kLanes)));  // NOLINT
};

template <class T>
struct Lanes {
  using Vector = typename LaneVector<T>::Type;
  static void take(const T* from, Vector& value) { std::memcpy(&value, from, sizeof value); }
  static void give(const Vector& value, T* to) { std::memcpy(to, &value, sizeof value); }
  static void add(const Vector& value, double* sums) {
    for (std::size_t l = 0; l < kLanes; ++l) sums[l] += static_cast<double>(value[l]);
  }
};

template <class T>
void multiply_lanes_row(std::size_t n, const RowLinks<T>& a, const RowVectors<T>& x, T* q, double* sums) {
  using L = Lanes<T>;
  typename L::Vector sum = {}, here, left, right, other;
  if (n > 0) {
    L::take(x.here - kLanes, left);
    L::take(x.here, here);
  }
  for (std::size_t j = 0; j < n; ++j) {
    const std::size_t at = kLanes * j;
    L::take(x.here + at + kLanes, right);
    typename L::Vector value = a.excess[j] * here;
    value += a.right[j] * (here - right);
    value += *(a.right + j - 1) * (here - left);
    L::take(x.front + at, other);
    value += a.front[j] * (here - other);
    L::take(x.back + at, other);
    value += a.back[j] * (here - other);
    L::take(x.down + at, other);
    value += a.down[j] * (here - other);
    L::take(x.up + at, other);
    value += a.up[j] * (here - other);
    L::give(value, q + at);
    sum += here * value;
    left = here;
    here = right;
  }
  for (std::size_t l = 0; l < kLanes; ++l) sums[l] = 0;
  L::add(sum, sums);
}

template <class T>
void update_lanes_row(std::size_t n, const T* alpha, const T* p, const T* q, T* d, T* r) {
  using L = Lanes<T>;
  typename L::Vector factor, from, to;
  L::take(alpha, factor);
  for (std::size_t at = 0; at < kLanes * n; at += kLanes) {
    L::take(p + at, from);
    L::take(d + at, to);
    L::give(to + factor * from, d + at);
    L::take(q + at, from);
    L::take(r + at, to);
    L::give(to - factor * from, r + at);
  }
}

template <class T>
void direction_lanes_row(std::size_t n, const T* beta, const T* z, T* p) {
  using L = Lanes<T>;
  typename L::Vector factor, from, to;
  L::take(beta, factor);
  for (std::size_t at = 0; at < kLanes * n; at += kLanes) {
    L::take(z + at, from);
    L::take(p + at, to);
    L::give(from + factor * to, p + at);
  }
}

// Of the neighbours in the row only those with a link are read: others may belong to another thread.
template <class T>
void forward_lanes_row(std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r, const T* back,
                       const T* up, T* z) {
  using L = Lanes<T>;
  typename L::Vector last = {}, known, other;
  T link = *(a.right - 1);
  if (link != 0) L::take(z - kLanes, last);
  for (std::size_t j = 0; j < n; ++j) {
    const std::size_t at = kLanes * j;
    L::take(r + at, known);
    L::take(back + at, other);
    known += a.back[j] * other;
    L::take(up + at, other);
    known += a.up[j] * other;
    last = inverse[j] * known + (inverse[j] * link) * last;
    L::give(last, z + at);
    link = a.right[j];
  }
}

template <class T>
void backward_lanes_row(std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r, const T* front,
                        const T* down, T* z, double* sums) {
  using L = Lanes<T>;
  typename L::Vector last = {}, sum = {}, known, other;
  if (n > 0 && a.right[n - 1] != 0) L::take(z + kLanes * n, last);
  for (std::size_t j = n; j-- > 0;) {
    const std::size_t at = kLanes * j;
    L::take(front + at, other);
    known = a.front[j] * other;
    L::take(down + at, other);
    known += a.down[j] * other;
    L::take(z + at, other);
    last = other + inverse[j] * known + (inverse[j] * a.right[j]) * last;
    L::give(last, z + at);
    L::take(r + at, other);
    sum += other * last;
  }
  for (std::size_t l = 0; l < kLanes; ++l) sums[l] = 0;
  L::add(sum, sums);
}

template <class T>
void masked_sum_lanes_row(std::size_t n, const T* inverse, const T* x, double* sums) {
  using L = Lanes<T>;
  typename L::Vector sum = {}, value;
  for (std::size_t j = 0; j < n; ++j) {
    L::take(x + kLanes * j, value);
    sum += (inverse[j] != 0 ? T(1) : T(0)) * value;
  }
  L::add(sum, sums);
}

template <class T>
void masked_add_lanes_row(std::size_t n, const T* inverse, const T* values, T* x) {
  using L = Lanes<T>;
  typename L::Vector value, to;
  L::take(values, value);
  for (std::size_t j = 0; j < n; ++j) {
    L::take(x + kLanes * j, to);
    L::give(to + (inverse[j] != 0 ? T(1) : T(0)) * value, x + kLanes * j);
  }
}

}  // namespace
}  // namespace phreatic::flow
