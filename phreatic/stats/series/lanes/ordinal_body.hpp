// SPDX-License-Identifier: BSD-3-Clause
// Order patterns of the windows of a series, W windows at once.
#pragma once

#include "phreatic/stats/series/lanes/lane_kernels.hpp"
#include "phreatic/stats/series/lanes/lane_vectors.hpp"

namespace phreatic::stats::lanes {
namespace {

template <class D, int M>
inline void ordinal_vector(const Ordinals& o, const typename D::V* x, std::size_t t, std::size_t lanes) {
  using V = typename D::V;
  using Mask = typename D::Mask;
  constexpr std::int64_t factorials[] = {1, 1, 2, 6, 24, 120, 720, 5040, 40320};
  Mask code{};
#pragma GCC unroll 8
  for (int i = 0; i + 1 < M; ++i) {
#pragma GCC unroll 8
    for (int j = i + 1; j < M; ++j) code += (x[j] < x[i]) & factorials[M - 1 - i];
  }
  if (o.gaps) {
    Mask there = x[0] == x[0];
#pragma GCC unroll 8
    for (int i = 1; i < M; ++i) there &= x[i] == x[i];
    code = (code & there) | (~there & factorials[M]);
  }
  typedef std::uint16_t Codes __attribute__((vector_size(2 * D::kWidth)));
  const Codes narrow = __builtin_convertvector(code, Codes);
  std::memcpy(o.codes + t, &narrow, lanes * sizeof(std::uint16_t));
  if (o.weights == nullptr) return;
  V mean{}, variance{};
#pragma GCC unroll 8
  for (int i = 0; i < M; ++i) mean += x[i];
  mean /= static_cast<double>(M);
#pragma GCC unroll 8
  for (int i = 0; i < M; ++i) variance += (x[i] - mean) * (x[i] - mean) / static_cast<double>(M);
  std::memcpy(o.weights + t, &variance, lanes * sizeof(double));
}

template <class D, int M>
void ordinals_of_order(const Ordinals& o) {
  using V = typename D::V;
  V x[M];
  std::size_t t = 0;
  for (; t + D::kWidth <= o.windows; t += D::kWidth) {
#pragma GCC unroll 8
    for (int i = 0; i < M; ++i) x[i] = load_vector<V>(o.values + t + static_cast<std::size_t>(i) * o.delay);
    ordinal_vector<D, M>(o, x, t, D::kWidth);
  }
  const std::size_t rest = o.windows - t;
  if (rest == 0) return;
  for (int i = 0; i < M; ++i) {
    x[i] = V{};
    std::memcpy(&x[i], o.values + t + static_cast<std::size_t>(i) * o.delay, rest * sizeof(double));
  }
  ordinal_vector<D, M>(o, x, t, rest);
}

template <class D>
void ordinals_of(const Ordinals& o) {
  switch (o.order) {
    case 2:
      return ordinals_of_order<D, 2>(o);
    case 3:
      return ordinals_of_order<D, 3>(o);
    case 4:
      return ordinals_of_order<D, 4>(o);
    case 5:
      return ordinals_of_order<D, 5>(o);
    case 6:
      return ordinals_of_order<D, 6>(o);
    case 7:
      return ordinals_of_order<D, 7>(o);
    default:
      return ordinals_of_order<D, 8>(o);
  }
}

}  // namespace
}  // namespace phreatic::stats::lanes
