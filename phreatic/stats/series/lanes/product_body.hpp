// SPDX-License-Identifier: BSD-3-Clause
// Matrix products with register tiles, and the lagged products of one series.
#pragma once

#include "phreatic/stats/series/lanes/lane_kernels.hpp"
#include "phreatic/stats/series/lanes/lane_vectors.hpp"

namespace phreatic::stats::lanes {
namespace {

// R rows of c, one panel of 2 W columns, `depth` products of the inner dimension. Keep: null for none of what c holds.
template <class D, int R>
void product_tile(const Product& p, const double* a, const double* panel, std::size_t depth,
                  const double* keep, double* c, std::size_t columns) {
  using V = typename D::V;
  constexpr std::size_t W = D::kWidth;
  V sum[R][2] = {};
  for (std::size_t k = 0; k < depth; ++k) {
    const V left = load_vector<V>(panel + k * 2 * W);
    const V right = load_vector<V>(panel + k * 2 * W + W);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const double factor = a[static_cast<std::size_t>(r) * p.a_row + k * p.a_inner];
      sum[r][0] += left * factor;
      sum[r][1] += right * factor;
    }
  }
  double edge[2 * W] = {};
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    double* const row = c + static_cast<std::size_t>(r) * p.c_row;
    double* const at = columns == 2 * W ? row : edge;
    if (keep != nullptr) {
      if (at == edge) std::memcpy(edge, row, columns * sizeof(double));
      sum[r][0] += load_vector<V>(at) * load_vector<V>(keep);
      sum[r][1] += load_vector<V>(at + W) * load_vector<V>(keep + W);
    }
    store_vector(at, sum[r][0]);
    store_vector(at + W, sum[r][1]);
    if (at == edge) std::memcpy(row, edge, columns * sizeof(double));
  }
}

// As many tiles of R rows as fit, then of half as many.
template <class D, int R>
void product_rows(const Product& p, std::size_t row, const double* a, const double* block, std::size_t depth,
                  bool first) {
  constexpr std::size_t width = 2 * D::kWidth;
  constexpr auto height = static_cast<std::size_t>(R);
  static constexpr double ones[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  for (; row + height <= p.rows; row += height) {
    for (std::size_t j = 0; j < p.columns; j += width) {
      const std::size_t columns = p.columns - j < width ? p.columns - j : width;
      const double* const keep = !first ? ones : (p.keep == nullptr ? nullptr : p.keep + j);
      product_tile<D, R>(p, a + row * p.a_row, block + j * depth, depth, keep, p.c + row * p.c_row + j,
                         columns);
    }
  }
  if constexpr (R > 1) {
    if (row < p.rows) product_rows<D, R / 2>(p, row, a, block, depth, first);
  }
}

template <class D, int R>
void product_of(const Product& p) {
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
