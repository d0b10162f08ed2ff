// SPDX-License-Identifier: BSD-3-Clause
// Slopes of all pairs of values of one series, and what is counted and collected among them.
#pragma once

#include "phreatic/stats/series/lanes/lane_kernels.hpp"
#include "phreatic/stats/series/lanes/lane_vectors.hpp"

namespace phreatic::stats::lanes {
namespace {

// body(i, j, slot, 1 / (t_j - t_i)) for vectors of pairs (i, j .. j + W - 1).
template <class D, class Body>
inline void pair_vectors(const PairRows& rows, const Body& body) {
  using V = typename D::V;
  std::size_t slot = 0;
  for (std::size_t i = 0; i + 1 < rows.count; ++i) {
    for (std::size_t j = i + 1; j < rows.count; j += D::kWidth, slot += D::kWidth) {
      if (rows.inverse == nullptr)
        body(i, j, slot, 1.0 / (load_vector<V>(rows.t + j) - rows.t[i]));
      else
        body(i, j, slot, load_vector<V>(rows.inverse + (rows.equal_steps ? j - i - 1 : slot)));
    }
  }
}

template <class D>
void inverses_of(const PairRows& rows, double* out) {
  using V = typename D::V;
  pair_vectors<D>(rows, [&](std::size_t, std::size_t, std::size_t slot, const V& inverse) {
    store_vector(out + slot, inverse);
  });
}

template <class D>
SignCounts slopes_of(const PairRows& rows, float* out) {
  using V = typename D::V;
  typename D::Mask greater{}, less{};
  std::size_t end = 0;
  pair_vectors<D>(rows, [&](std::size_t i, std::size_t j, std::size_t slot, const V& inverse) {
    const V rise = load_vector<V>(rows.y + j) - rows.y[i];
    greater += rise > 0.0;
    less += rise < 0.0;
    store_vector(out + slot, __builtin_convertvector(rise * inverse, typename D::Narrow));
    end = slot + D::kWidth;
  });
  for (; end % 16 != 0; ++end) out[end] = __builtin_nanf("");
  SignCounts counts;
  for (std::size_t lane = 0; lane < D::kWidth; ++lane) {
    counts.greater -= greater[lane];
    counts.less -= less[lane];
  }
  return counts;
}

template <class D>
void count_up_to(const float* values, std::size_t size, const float* pivots, long* counts) {
  using F = typename D::Floats;
  typename D::FloatMask sums[6] = {};
  F pivot[6];
  for (int k = 0; k < 6; ++k) pivot[k] = F{} + pivots[k];
  for (std::size_t s = 0; s < size; s += D::kFloats) {
    const F v = load_vector<F>(values + s);
#pragma GCC unroll 6
    for (int k = 0; k < 6; ++k) sums[k] += v <= pivot[k];
  }
  for (int k = 0; k < 6; ++k) {
    counts[k] = 0;
    for (std::size_t lane = 0; lane < D::kFloats; ++lane) counts[k] -= sums[k][lane];
  }
}

// Bits: unsigned bits(FloatMask) with one bit a lane.
template <class D, class Bits>
void collect_between(const PairRows& rows, const float* values, const float* low, const float* high,
                     double* const* out, std::size_t* sizes) {
  using N = typename D::Narrow;
  for (int k = 0; k < 3; ++k) sizes[k] = 0;
  std::size_t slot = 0;
  for (std::size_t i = 0; i + 1 < rows.count; ++i) {
    for (std::size_t j = i + 1; j < rows.count; j += D::kWidth, slot += D::kWidth) {
      const N v = load_vector<N>(values + slot);
      for (int k = 0; k < 3; ++k) {
        unsigned bits = Bits::of((v > low[k]) & (v <= high[k]));
        for (; bits != 0; bits &= bits - 1) {
          const auto lane = static_cast<std::size_t>(__builtin_ctz(bits));
          const double inverse = rows.inverse == nullptr ? 1.0 / (rows.t[j + lane] - rows.t[i])
                                 : rows.equal_steps      ? rows.inverse[j + lane - i - 1]
                                                         : rows.inverse[slot + lane];
          out[k][sizes[k]++] = (rows.y[j + lane] - rows.y[i]) * inverse;
        }
      }
    }
  }
}

}  // namespace
}  // namespace phreatic::stats::lanes
