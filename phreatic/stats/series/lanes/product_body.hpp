// SPDX-License-Identifier: BSD-3-Clause
// Matrix products with register tiles, and the lagged products of one series.
#pragma once

#include "phreatic/stats/series/lanes/lane_kernels.hpp"
#include "phreatic/stats/series/lanes/lane_vectors.hpp"

namespace phreatic::stats::lanes {
namespace {

// R rows of c, the first P vectors of a panel of two, `depth` products of the inner dimension. Keep: null for none of what
// c holds.
template <class D, int R, int P>
void product_tile(const ProductOf<typename D::Element>& p, const typename D::Element* a,
                  const typename D::Element* panel, std::size_t depth, const typename D::Element* keep,
                  typename D::Element* c, std::size_t columns) {
  using V = typename D::V;
  using T = typename D::Element;
  constexpr std::size_t W = D::kWidth;
  V sum[R][P] = {};
  for (std::size_t k = 0; k < depth; ++k) {
    V right[P];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < P; ++v) right[v] = load_vector<V>(panel + (2 * k + v) * W);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const T factor = a[static_cast<std::size_t>(r) * p.a_row + k * p.a_inner];
#pragma GCC unroll 2
      for (std::size_t v = 0; v < P; ++v) sum[r][v] += right[v] * factor;
    }
  }
  T edge[P * W] = {};
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    T* const row = c + static_cast<std::size_t>(r) * p.c_row;
    T* const at = columns == P * W ? row : edge;
    if (keep != nullptr) {
      if (at == edge) std::memcpy(edge, row, columns * sizeof(T));
#pragma GCC unroll 2
      for (std::size_t v = 0; v < P; ++v)
        sum[r][v] += load_vector<V>(at + v * W) * load_vector<V>(keep + v * W);
    }
#pragma GCC unroll 2
    for (std::size_t v = 0; v < P; ++v) store_vector(at + v * W, sum[r][v]);
    if (at == edge) std::memcpy(row, edge, columns * sizeof(T));
  }
}

template <class T>
struct Ones {
  T values[32];
  constexpr Ones() : values{} {
    for (T& v : values) v = 1;
  }
};

// As many tiles of R rows as fit, then of half as many.
template <class D, int R>
void product_rows(const ProductOf<typename D::Element>& p, std::size_t row, const typename D::Element* a,
                  const typename D::Element* block, std::size_t depth, bool first) {
  constexpr std::size_t width = 2 * D::kWidth;
  constexpr auto height = static_cast<std::size_t>(R);
  static constexpr Ones<typename D::Element> ones;
  for (; row + height <= p.rows; row += height) {
    for (std::size_t j = 0; j < p.columns; j += width) {
      const std::size_t columns = p.columns - j < width ? p.columns - j : width;
      const auto* const keep = !first ? ones.values : (p.keep == nullptr ? nullptr : p.keep + j);
      const auto* const panel = block + j * depth;
      auto* const c = p.c + row * p.c_row + j;
      if (columns <= D::kWidth)
        product_tile<D, R, 1>(p, a + row * p.a_row, panel, depth, keep, c, columns);
      else
        product_tile<D, R, 2>(p, a + row * p.a_row, panel, depth, keep, c, columns);
    }
  }
  if constexpr (R > 1) {
    if (row < p.rows) product_rows<D, R / 2>(p, row, a, block, depth, first);
  }
}

template <class D, int R>
void product_of(const ProductOf<typename D::Element>& p) {
  constexpr std::size_t width = 2 * D::kWidth;
  const std::size_t padded = (p.columns + width - 1) / width * width;
  for (std::size_t k = 0; k < p.inner; k += kInnerBlock) {
    const std::size_t depth = p.inner - k < kInnerBlock ? p.inner - k : kInnerBlock;
    product_rows<D, R>(p, 0, p.a + k * p.a_inner, p.packed + k * padded, depth, k == 0);
  }
}

// out[k] = sum_t x_t x_{t+k}, k < lags; x is followed by lags + 4 W zeros. W sums that start one step apart share the
// vectors they load.
template <class D>
void lagged_products(const double* x, std::size_t count, std::size_t lags, double* out) {
  using V = typename D::V;
  constexpr std::size_t W = D::kWidth;
  constexpr std::size_t vectors = 3;
  for (std::size_t k = 0; k < lags; ++k) out[k] = 0;
  for (std::size_t base = 0; base < lags + W - 1; base += vectors * W) {
    V sum[W][vectors] = {};
    for (std::size_t s = 0; s + base < count; s += W) {
      V ahead[vectors];
#pragma GCC unroll 3
      for (std::size_t v = 0; v < vectors; ++v) ahead[v] = load_vector<V>(x + s + base + v * W);
#pragma GCC unroll 8
      for (std::size_t a = 0; a < W; ++a) {
#pragma GCC unroll 3
        for (std::size_t v = 0; v < vectors; ++v) sum[a][v] += ahead[v] * x[s + a];
      }
    }
    for (std::size_t a = 0; a < W; ++a) {
      for (std::size_t v = 0; v < vectors; ++v) {
        for (std::size_t lane = 0; lane < W; ++lane) {
          const std::size_t ahead = base + v * W + lane;
          if (ahead >= a && ahead - a < lags) out[ahead - a] += sum[a][v][lane];
        }
      }
    }
  }
}

}  // namespace
}  // namespace phreatic::stats::lanes
