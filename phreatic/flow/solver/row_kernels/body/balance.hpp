// SPDX-License-Identifier: BSD-3-Clause
// Balances of rows: of differences to a baseline, of residuals. Included once per instruction set (row_kernels_body.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "phreatic/flow/solver/row_kernels/body/loops.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"

namespace phreatic::flow {
namespace {

template <class T>
double difference_balance_row(std::size_t n, const RowLinks<T>& a, const RowVectors<double>& x,
                              const double* old, const double* off, const T* part, double* residual) {
  const T* excess = a.excess;
  const T* right = a.right;
  const T* front = a.front;
  const T* back = a.back;
  const T* down = a.down;
  const T* up = a.up;
  const double* d = x.here;
  const double* df = x.front;
  const double* db = x.back;
  const double* dd = x.down;
  const double* du = x.up;
  double sum = 0;
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) {
    const double here = d[j];
    double value = residual[j] - off[j] + static_cast<double>(excess[j]) * (old[j] - here);
    value += static_cast<double>(right[j]) * (d[j + 1] - here);
    value += static_cast<double>(*(right + j - 1)) * (*(d + j - 1) - here);
    value += static_cast<double>(front[j]) * (df[j] - here);
    value += static_cast<double>(back[j]) * (db[j] - here);
    value += static_cast<double>(down[j]) * (dd[j] - here);
    value += static_cast<double>(up[j]) * (du[j] - here);
    value *= static_cast<double>(part[j]);
    residual[j] = value;
    sum += value < 0 ? -value : value;
  }
  return sum;
}

template <class T>
double add_scaled_row(std::size_t n, double scale, const T* x, double* to) {
  constexpr std::size_t kWide = 8;
  double most[kWide] = {};
  const auto add = [&](std::size_t j, std::size_t l) {
    const double value = scale * static_cast<double>(x[j]);
    const double size = value < 0 ? -value : value;
    most[l] = size > most[l] ? size : most[l];
    to[j] += value;
  };
  std::size_t j = 0;
  for (; j + kWide <= n; j += kWide) {
    PHREATIC_NO_DEPENDENCE
    for (std::size_t l = 0; l < kWide; ++l) add(j + l, l);
  }
  for (; j < n; ++j) add(j, 0);
  double largest = 0;
  for (const double size : most) largest = size > largest ? size : largest;
  return largest;
}

[[maybe_unused]] double product_row(std::size_t n, const double* x, const double* y) {
  double sum = 0;
  for (std::size_t j = 0; j < n; ++j) sum += x[j] * y[j];
  return sum;
}

[[maybe_unused]] double absolute_sum_row(std::size_t n, const double* x) {
  double sum = 0;
  for (std::size_t j = 0; j < n; ++j) sum += x[j] < 0 ? -x[j] : x[j];
  return sum;
}

[[maybe_unused]] ResidualSums finish_residual_row(std::size_t n, const std::int8_t* ibound,
                                                  double* residual) {
  double wet = 0;
  double fixed = 0;
  for (std::size_t j = 0; j < n; ++j) {
    const double size = residual[j] < 0 ? -residual[j] : residual[j];
    wet += ibound[j] > 0 ? size : 0.0;
    fixed += ibound[j] < 0 ? size : 0.0;
    residual[j] = ibound[j] > 0 ? residual[j] : 0.0;
  }
  return {wet, fixed};
}

[[maybe_unused]] double take_off_row(std::size_t n, const std::int8_t* ibound, const double* of,
                                     double* residual) {
  double sum = 0;
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) {
    const double left = ibound[j] > 0 ? residual[j] - of[j] : 0.0;
    residual[j] = left;
    sum += left < 0 ? -left : left;
  }
  return sum;
}

}  // namespace
}  // namespace phreatic::flow
