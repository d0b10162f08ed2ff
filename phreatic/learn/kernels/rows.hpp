// SPDX-License-Identifier: BSD-3-Clause
// What networks on a few rows at a time are made of: packed weights, products on register tiles, masks. Included by
// one source per instruction set. Widths are padded to kRowLane with zeros, which stay zeros in every part.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "phreatic/learn/kernels/recurrent/activations.hpp"
#include "phreatic/learn/kernels/tile.hpp"

namespace phreatic::kernels {
namespace {

constexpr std::size_t kRowLane = 16;
inline std::size_t row_padded(std::size_t n) { return (n + kRowLane - 1) / kRowLane * kRowLane; }

// [rows][columns] -> [rows][padded], or transposed: [columns][padded rows].
inline void pack(const float* from, std::size_t rows, std::size_t columns, std::size_t padded, float* to) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) to[r * padded + c] = from[r * columns + c];
    for (std::size_t c = columns; c < padded; ++c) to[r * padded + c] = 0.0F;
  }
}
inline void pack_transposed(const float* from, std::size_t rows, std::size_t columns, std::size_t stride,
                            float* to) {
  for (std::size_t c = 0; c < columns; ++c)
    for (std::size_t r = 0; r < rows; ++r) to[c * stride + r] = from[r * columns + c];
}
inline void unpack(const float* from, std::size_t rows, std::size_t columns, std::size_t padded, float* to) {
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) to[r * columns + c] = from[r * padded + c];
}

// A matrix whose element (m, k) stands at data[m * row + k * step].
struct Left {
  const float* data;
  std::size_t row, step;
};

enum class Start { zero, bias, add };

// out[m][n] (+)= start + sum over k < depth of left(m, k) right[k][n]; n < columns, a multiple of kRowLane.
template <class S, int Rows, int Slots, Start From>
void product(std::size_t rows, std::size_t columns, std::size_t depth, Left left, const float* right,
             std::size_t right_step, const float* bias, float* out, std::size_t out_row) {
  using V = typename S::V;
  in_pieces<Slots>(columns / S::kWidth, [&](std::size_t slot, auto slots) {
    constexpr int kSlots = decltype(slots)::value;
    const std::size_t n0 = slot * S::kWidth;
    in_pieces<Rows>(rows, [&](std::size_t r0, auto piece) {
      constexpr int kRows = decltype(piece)::value;
      V acc[kRows][kSlots];
      for (int m = 0; m < kRows; ++m) {
        for (int n = 0; n < kSlots; ++n) {
          const std::size_t at = n0 + static_cast<std::size_t>(n) * S::kWidth;
          if constexpr (From == Start::bias) acc[m][n] = S::load(bias + at);
          if constexpr (From == Start::zero) acc[m][n] = S::set(0.0F);
          if constexpr (From == Start::add)
            acc[m][n] = S::load(out + (r0 + static_cast<std::size_t>(m)) * out_row + at);
        }
      }
      multiply_add<S, 0, kSlots>(acc, left.data + r0 * left.row, left.row, left.step, right + n0, right_step,
                                 depth);
      for (int m = 0; m < kRows; ++m)
        for (int n = 0; n < kSlots; ++n)
          S::store(out + (r0 + static_cast<std::size_t>(m)) * out_row + n0 +
                       static_cast<std::size_t>(n) * S::kWidth,
                   acc[m][n]);
    });
  });
}

// Masks of `count` places from `first_place` on: an integer hash of the place with the key.
inline void place_masks(std::uint32_t first_place, std::size_t count, double dropout, std::uint64_t key,
                        float* mask) {
  const auto limit = static_cast<std::uint32_t>(std::lround(dropout * 4294967296.0));
  const auto kept = static_cast<float>(1 / (1 - dropout));
  const auto first = static_cast<std::uint32_t>(key);
  const auto second = static_cast<std::uint32_t>(key >> 32);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t x = (first_place + static_cast<std::uint32_t>(i)) * 0x9E3779B9U + first;
    x ^= x >> 16;
    x *= 0x7FEB352DU;
    x ^= second ^ (x >> 15);
    x *= 0x846CA68BU;
    x ^= x >> 16;
    mask[i] = x < limit ? 0.0F : kept;
  }
}

// x > 0 ? x : e^x - 1, on N vectors.
template <class S, int N>
PHREATIC_INLINE void exponential_linear(typename S::V (&x)[N]) {
  typename S::V e[N];
  PHREATIC_EACH e[i] = S::clamp(x[i], -80.0F, 0.0F);
  PHREATIC_EACH x[i] = S::clamp(x[i], 0.0F, 3.0e38F);
  exponential<S, 1>(e);
  PHREATIC_EACH x[i] = S::add(x[i], S::sub(e[i], S::set(1.0F)));
}

}  // namespace
}  // namespace phreatic::kernels
