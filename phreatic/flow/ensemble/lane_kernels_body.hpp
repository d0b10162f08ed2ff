// SPDX-License-Identifier: BSD-3-Clause
// The kernels of lane_kernels.hpp, included once per instruction set.
#pragma once

#include <algorithm>
#include <cstring>

#include "phreatic/flow/ensemble/lane_kernels.hpp"

namespace phreatic::flow {
namespace {

typedef float Lanes __attribute__((vector_size(sizeof(float) * kLanes)));

Lanes* lanes(float* x) { return reinterpret_cast<Lanes*>(x); }
const Lanes* lanes(const float* x) { return reinterpret_cast<const Lanes*>(x); }
Lanes load(const float* x) {
  Lanes v;
  std::memcpy(&v, x, sizeof v);
  return v;
}

void add_to(double* sums, const Lanes& part) {
  for (std::size_t l = 0; l < kLanes; ++l) sums[l] += static_cast<double>(part[l]);
}

struct Row {
  std::ptrdiff_t begin, end;
  int layer, row;
};

// Calls body(Row) for every layer of a row.
template <class Body>
void layers_of(const Layout& layout, int row, bool upwards, Body&& body) {
  for (int step = 0; step < layout.nlay; ++step) {
    const int k = upwards ? layout.nlay - 1 - step : step;
    const std::size_t at = layout.row_index(k, row);
    if (layout.begin[at] >= layout.end[at]) continue;
    const auto start = static_cast<std::ptrdiff_t>(layout.row_start(k, row));
    body(Row{start + layout.begin[at], start + layout.end[at], k, row});
  }
}

std::size_t block_of(const LaneRows& a, const Row& row, std::ptrdiff_t n) {
  const std::ptrdiff_t column = n - static_cast<std::ptrdiff_t>(a.layout.row_start(row.layer, row.row));
  const auto across = static_cast<std::size_t>(column / a.width);
  const auto down = static_cast<std::size_t>(row.row / a.width);
  return (down * a.across + across) * static_cast<std::size_t>(a.layout.nlay) +
         static_cast<std::size_t>(row.layer);
}

void forward(const LaneRows& a, const float* alpha_of, double* sums) {
  const Lanes alpha = load(alpha_of);
  const std::ptrdiff_t columns = a.layout.ncol;
  const auto below = static_cast<std::ptrdiff_t>(a.layout.layer_cells);
  const float *right = a.links.right.data(), *front = a.links.front.data(), *down = a.links.down.data();
  Lanes *r = lanes(a.r), *d = lanes(a.d), *z = lanes(a.z);
  const Lanes *p = lanes(a.p), *q = lanes(a.q);
  for (int i = 0; i < a.layout.nrow; ++i) {
    layers_of(a.layout, i, false, [&](const Row& row) {
      for (std::ptrdiff_t n = row.begin; n < row.end;) {
        const std::ptrdiff_t column = n - static_cast<std::ptrdiff_t>(a.layout.row_start(row.layer, row.row));
        const std::ptrdiff_t stop =
            a.width == 0 ? row.end : std::min(row.end, n + a.width - column % a.width);
        double* block = a.width == 0 ? nullptr : sums + block_of(a, row, n) * kLanes;
        Lanes sum = {};
        for (; n < stop; ++n) {
          const Lanes now = r[n] - alpha * q[n];
          r[n] = now;
          d[n] += alpha * p[n];
          Lanes s = now + right[n - 1] * z[n - 1] + front[n - columns] * z[n - columns];
          if (row.layer > 0) s += down[n - below] * z[n - below];
          z[n] = a.inverse[n] * s;
          sum += now;
        }
        if (block != nullptr) add_to(block, sum);
      }
    });
  }
}

void backward(const LaneRows& a, double* product) {
  const std::ptrdiff_t columns = a.layout.ncol;
  const auto below = static_cast<std::ptrdiff_t>(a.layout.layer_cells);
  const float *right = a.links.right.data(), *front = a.links.front.data(), *down = a.links.down.data();
  Lanes* z = lanes(a.z);
  const Lanes* r = lanes(a.r);
  std::fill(product, product + kLanes, 0.0);
  for (int i = a.layout.nrow - 1; i >= 0; --i) {
    layers_of(a.layout, i, true, [&](const Row& row) {
      Lanes sum = {};
      const bool has_below = row.layer + 1 < a.layout.nlay;
      for (std::ptrdiff_t n = row.end - 1; n >= row.begin; --n) {
        Lanes s = right[n] * z[n + 1] + front[n] * z[n + columns];
        if (has_below) s += down[n] * z[n + below];
        z[n] += a.inverse[n] * s;
        sum += r[n] * z[n];
      }
      add_to(product, sum);
    });
  }
}

void direction(const LaneRows& a, const Row& row, const Lanes& beta, const float* solution) {
  Lanes* p = lanes(a.p);
  const Lanes* z = lanes(a.z);
  for (std::ptrdiff_t n = row.begin; n < row.end;) {
    const std::ptrdiff_t column = n - static_cast<std::ptrdiff_t>(a.layout.row_start(row.layer, row.row));
    const std::ptrdiff_t stop = a.width == 0 ? row.end : std::min(row.end, n + a.width - column % a.width);
    Lanes coarse = {};
    if (a.width != 0) coarse = load(solution + block_of(a, row, n) * kLanes);
    for (; n < stop; ++n) {
      const Lanes now = z[n] + coarse + beta * p[n];
      p[n] = a.inverse[n] != 0 ? now : Lanes{};
    }
  }
}

void product_row(const LaneRows& a, const Row& row, double* product) {
  const std::ptrdiff_t columns = a.layout.ncol;
  const auto below = static_cast<std::ptrdiff_t>(a.layout.layer_cells);
  const float *right = a.links.right.data(), *front = a.links.front.data(), *down = a.links.down.data();
  const Lanes *p = lanes(a.p), *excess = lanes(a.excess);
  Lanes* q = lanes(a.q);
  Lanes sum = {};
  const bool has_below = row.layer + 1 < a.layout.nlay;
  for (std::ptrdiff_t n = row.begin; n < row.end; ++n) {
    if (a.inverse[n] == 0) {
      q[n] = Lanes{};
      continue;
    }
    const Lanes here = p[n];
    Lanes s = excess[n] * here + right[n] * (here - p[n + 1]) + right[n - 1] * (here - p[n - 1]) +
              front[n] * (here - p[n + columns]) + front[n - columns] * (here - p[n - columns]);
    if (has_below) s += down[n] * (here - p[n + below]);
    if (row.layer > 0) s += down[n - below] * (here - p[n - below]);
    q[n] = s;
    sum += here * s;
  }
  add_to(product, sum);
}

void multiply(const LaneRows& a, const float* beta_of, const float* solution, double* product) {
  const Lanes beta = load(beta_of);
  std::fill(product, product + kLanes, 0.0);
  for (int i = 0; i <= a.layout.nrow; ++i) {
    if (i < a.layout.nrow)
      layers_of(a.layout, i, false, [&](const Row& row) { direction(a, row, beta, solution); });
    if (i > 0) layers_of(a.layout, i - 1, false, [&](const Row& row) { product_row(a, row, product); });
  }
}

constexpr LaneKernels kKernels = {forward, backward, multiply};

}  // namespace
}  // namespace phreatic::flow
