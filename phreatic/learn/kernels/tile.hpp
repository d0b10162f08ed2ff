// SPDX-License-Identifier: BSD-3-Clause
// Register tiles: the matrix products of the recurrent kernels, M rows by N vectors held in registers.
#pragma once

#include <cstddef>

namespace phreatic::kernels {
namespace {

#define PHREATIC_INLINE inline __attribute__((always_inline))

template <int Value>
struct Constant {
  static constexpr int value = Value;
};

// Calls body(Constant<m>) for m in 1..Max.
template <int Max, class Body>
PHREATIC_INLINE void with_constant(std::size_t m, const Body& body) {
  if (m == static_cast<std::size_t>(Max)) {
    body(Constant<Max>());
  } else if constexpr (Max > 1) {
    with_constant<Max - 1>(m, body);
  }
}

// Cuts [0, count) into the fewest pieces of at most Max, their sizes differing by at most one, so that no
// small remainder starves the multipliers; calls body(first, Constant<size>).
template <int Max, class Body>
PHREATIC_INLINE void in_pieces(std::size_t count, const Body& body) {
  const std::size_t pieces = (count + Max - 1) / Max;
  if (pieces == 0) return;
  const std::size_t small = count / pieces;
  const std::size_t larger = count - small * pieces;  // pieces with one more
  std::size_t first = 0;
  for (std::size_t p = 0; p < pieces; ++p) {
    const std::size_t size = small + (p < larger ? 1 : 0);
    with_constant<Max>(size, [&](auto m) { body(first, m); });
    first += size;
  }
}

// acc[m][First + n] += sum over k < depth of a[m * a_row + k * a_step] * b[k * b_step + n * W ...]
template <class S, int First, int N, int M, int Slots>
PHREATIC_INLINE void multiply_add(typename S::V (&acc)[M][Slots], const float* a, std::size_t a_row,
                                  std::size_t a_step, const float* b, std::size_t b_step, std::size_t depth) {
  using V = typename S::V;
  for (std::size_t k = 0; k < depth; ++k, a += a_step, b += b_step) {
    if constexpr (M < N) {  // the fewer of the two operands stay in registers, the others pass by
      V left[M];
#pragma GCC unroll 16
      for (int m = 0; m < M; ++m) left[m] = S::set(a[static_cast<std::size_t>(m) * a_row]);
#pragma GCC unroll 16
      for (int n = 0; n < N; ++n) {
        const V right = S::load(b + n * S::kWidth);
#pragma GCC unroll 16
        for (int m = 0; m < M; ++m) acc[m][First + n] = S::fma(left[m], right, acc[m][First + n]);
      }
    } else {
      V right[N];
#pragma GCC unroll 16
      for (int n = 0; n < N; ++n) right[n] = S::load(b + n * S::kWidth);
#pragma GCC unroll 16
      for (int m = 0; m < M; ++m) {
        const V left = S::set(a[static_cast<std::size_t>(m) * a_row]);
#pragma GCC unroll 16
        for (int n = 0; n < N; ++n) acc[m][First + n] = S::fma(left, right[n], acc[m][First + n]);
      }
    }
  }
}

// Asks for p[0..count) in the second-level cache, ahead of its use.
PHREATIC_INLINE void prefetch(const float* p, std::size_t count) {
  constexpr std::size_t kLine = 16;
  for (std::size_t i = 0; i < count; i += kLine) __builtin_prefetch(p + i, 0, 2);
}

// p[0..count) -> q
template <class S>
PHREATIC_INLINE void copy(float* q, const float* p, std::size_t count) {
  std::size_t i = 0;
  for (; i + S::kWidth <= count; i += S::kWidth) S::store(q + i, S::load(p + i));
  for (; i < count; ++i) q[i] = p[i];
}

// and zeros up to `padded`, a multiple of the width. p may be null when count is 0.
template <class S>
PHREATIC_INLINE void copy_padded(float* q, const float* p, std::size_t count, std::size_t padded) {
  std::size_t i = 0;
  for (; i + S::kWidth <= count; i += S::kWidth) S::store(q + i, S::load(p + i));
  for (; i < count; ++i) q[i] = p[i];
  for (; i < padded; ++i) q[i] = 0.0F;
}

}  // namespace
}  // namespace phreatic::kernels
