// SPDX-License-Identifier: BSD-3-Clause
// Vectors of W doubles and of 2 W floats in the compilers' vector extension. Only for the sources of kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace phreatic::stats::lanes {
namespace {

template <int W>
struct Doubles {
  typedef double V __attribute__((vector_size(8 * W)));
  typedef std::int64_t Mask __attribute__((vector_size(8 * W)));
  typedef float Narrow __attribute__((vector_size(4 * W)));
  typedef float Floats __attribute__((vector_size(8 * W)));
  typedef std::int32_t FloatMask __attribute__((vector_size(8 * W)));
  using Element = double;
  static constexpr std::size_t kWidth = W;
  static constexpr std::size_t kFloats = 2 * kWidth;
};

// A vector of as many bytes, of floats.
template <class D>
struct FloatsOf {
  using V = typename D::Floats;
  using Element = float;
  static constexpr std::size_t kWidth = D::kFloats;
};

template <class V, class T>
inline V load_vector(const T* p) {
  V v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <class V, class T>
inline void store_vector(T* p, const V& v) {
  std::memcpy(p, &v, sizeof v);
}

}  // namespace
}  // namespace phreatic::stats::lanes
