// SPDX-License-Identifier: BSD-3-Clause
// Sweeps along a row, one cell after another or eight floats at a time. Included once per instruction set
// (row_kernels_body.hpp). Recurrences along a row, z_j = a_j + b_j z_{j-1}, are done eight at a time for floats by doubling
// distances (Kogge and Stone 1973, key kogge1973): latency is that of three steps instead of eight.
#pragma once

#include <cstddef>
#include <cstring>

#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"

namespace phreatic::flow {
namespace {

// --- recurrences, one at a time
// -------------------------------------------------------------------------------

// The values before the first and behind the last column of a row are those of another row, which another
// thread may be writing: without a link to them they are not read.
template <class T>
void forward_some(std::size_t first, std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r,
                  const T* back, const T* up, T* z) {
  T link = *(a.right + first - 1);
  T last = link != 0 ? *(z + first - 1) : T{0};
  for (std::size_t j = first; j < n; ++j) {
    const T known = r[j] + a.back[j] * back[j] + a.up[j] * up[j];
    last = inverse[j] * (known + link * last);
    link = a.right[j];
    z[j] = last;
  }
}

template <class T>
double backward_some(std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r, const T* front,
                     const T* down, T* z) {
  double sum = 0;
  T last = n > 0 && a.right[n - 1] != 0 ? z[n] : T{0};
  for (std::size_t j = n; j-- > 0;) {
    const T known = a.front[j] * front[j] + a.down[j] * down[j];
    last = z[j] + inverse[j] * (known + a.right[j] * last);
    z[j] = last;
    sum += static_cast<double>(r[j]) * static_cast<double>(last);
  }
  return sum;
}

// --- recurrences, eight floats at a time
// ----------------------------------------------------------------------

typedef float Eight __attribute__((vector_size(32)));  // NOLINT: GCC's vector extension wants typedef

inline Eight load(const float* from) {
  Eight value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
inline void store(float* to, Eight value) { std::memcpy(to, &value, sizeof value); }

// Solves z_j = a_j + b_j z_{j-1} for eight j, given the z before them in every lane of `carry`.
inline Eight scan_up(Eight a, Eight b, Eight carry) {
  const Eight zero = {0, 0, 0, 0, 0, 0, 0, 0};
  const Eight one = {1, 1, 1, 1, 1, 1, 1, 1};
  a += b * __builtin_shufflevector(a, zero, 8, 0, 1, 2, 3, 4, 5, 6);
  b *= __builtin_shufflevector(b, one, 8, 0, 1, 2, 3, 4, 5, 6);
  a += b * __builtin_shufflevector(a, zero, 8, 8, 0, 1, 2, 3, 4, 5);
  b *= __builtin_shufflevector(b, one, 8, 8, 0, 1, 2, 3, 4, 5);
  a += b * __builtin_shufflevector(a, zero, 8, 8, 8, 8, 0, 1, 2, 3);
  b *= __builtin_shufflevector(b, one, 8, 8, 8, 8, 0, 1, 2, 3);
  return a + b * carry;
}

// The same against the row: z_j = a_j + b_j z_{j+1}.
inline Eight scan_down(Eight a, Eight b, Eight carry) {
  const Eight zero = {0, 0, 0, 0, 0, 0, 0, 0};
  const Eight one = {1, 1, 1, 1, 1, 1, 1, 1};
  a += b * __builtin_shufflevector(a, zero, 1, 2, 3, 4, 5, 6, 7, 8);
  b *= __builtin_shufflevector(b, one, 1, 2, 3, 4, 5, 6, 7, 8);
  a += b * __builtin_shufflevector(a, zero, 2, 3, 4, 5, 6, 7, 8, 8);
  b *= __builtin_shufflevector(b, one, 2, 3, 4, 5, 6, 7, 8, 8);
  a += b * __builtin_shufflevector(a, zero, 4, 5, 6, 7, 8, 8, 8, 8);
  b *= __builtin_shufflevector(b, one, 4, 5, 6, 7, 8, 8, 8, 8);
  return a + b * carry;
}

template <class T>
void forward_row(std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r, const T* back,
                 const T* up, T* z) {
  forward_some(0, n, a, inverse, r, back, up, z);
}

template <>
[[maybe_unused]] void forward_row<float>(std::size_t n, const RowLinks<float>& a, const float* inverse,
                                         const float* r, const float* back, const float* up, float* z) {
  const float before = *(a.right - 1) != 0 ? *(z - 1) : 0.0F;
  Eight carry = {before, before, before, before, before, before, before, before};
  std::size_t j = 0;
  for (; j + 8 <= n; j += 8) {
    const Eight scale = load(inverse + j);
    const Eight known = load(r + j) + load(a.back + j) * load(back + j) + load(a.up + j) * load(up + j);
    const Eight value = scan_up(scale * known, scale * load(a.right + j - 1), carry);
    store(z + j, value);
    carry = __builtin_shufflevector(value, value, 7, 7, 7, 7, 7, 7, 7, 7);
  }
  forward_some(j, n, a, inverse, r, back, up, z);
}

template <class T>
double backward_row(std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r, const T* front,
                    const T* down, T* z) {
  return backward_some(n, a, inverse, r, front, down, z);
}

template <>
[[maybe_unused]] double backward_row<float>(std::size_t n, const RowLinks<float>& a, const float* inverse,
                                            const float* r, const float* front, const float* down, float* z) {
  const float behind = a.right[n - 1] != 0 ? z[n] : 0.0F;
  Eight carry = {behind, behind, behind, behind, behind, behind, behind, behind};
  Eight dot = {0, 0, 0, 0, 0, 0, 0, 0};
  std::size_t j = n;
  for (; j >= 8; j -= 8) {
    const std::size_t at = j - 8;
    const Eight scale = load(inverse + at);
    const Eight known = load(a.front + at) * load(front + at) + load(a.down + at) * load(down + at);
    const Eight value = scan_down(load(z + at) + scale * known, scale * load(a.right + at), carry);
    store(z + at, value);
    dot += load(r + at) * value;
    carry = __builtin_shufflevector(value, value, 0, 0, 0, 0, 0, 0, 0, 0);
  }
  double sum = backward_some(j, a, inverse, r, front, down, z);
  for (int lane = 0; lane < 8; ++lane) sum += static_cast<double>(dot[lane]);
  return sum;
}

}  // namespace
}  // namespace phreatic::flow
