// SPDX-License-Identifier: BSD-3-Clause
// Linear maps of many rows and their gradients, for one vector type: included by one source per instruction set.
#pragma once

#include <algorithm>
#include <vector>

#include "phreatic/learn/kernels/rows.hpp"
#include "phreatic/learn/kernels/variables.hpp"

namespace phreatic::kernels {
namespace {

constexpr std::size_t kLinearRows = 64;

// n rows of `width` floats side by side, or a padded copy of them in `room` where their width is no multiple of a lane.
inline const float* padded_rows(const float* rows, std::size_t n, std::size_t width, float* room) {
  const std::size_t padded = row_padded(width);
  if (padded == width) return rows;
  pack(rows, n, width, padded, room);
  return room;
}

template <class S, int Rows, int Slots>
void rows_linear_forward_all(const RowsLinear& c, float* y) {
  const std::size_t out = row_padded(c.outputs);
  std::vector<float> weight(c.inputs * out, 0.0F), bias(out, 0.0F),
      tile(out == c.outputs ? 0 : kLinearRows * out);
  pack_transposed(c.weight, c.outputs, c.inputs, out, weight.data());
  if (c.bias != nullptr) std::copy_n(c.bias, c.outputs, bias.data());
  for (std::size_t r0 = 0; r0 < c.rows; r0 += kLinearRows) {
    const std::size_t n = std::min(kLinearRows, c.rows - r0);
    float* to = tile.empty() ? y + r0 * c.outputs : tile.data();
    product<S, Rows, Slots, Start::bias>(n, out, c.inputs, {c.x + r0 * c.inputs, c.inputs, 1}, weight.data(),
                                         out, bias.data(), to, out);
    if (!tile.empty()) unpack(to, n, c.outputs, out, y + r0 * c.outputs);
  }
}

template <class S, int Rows, int Slots>
void rows_linear_backward_all(const RowsLinear& c, const float* dy, const RowsLinearGradients& g) {
  const std::size_t in = row_padded(c.inputs);
  std::vector<float> weight(c.outputs * in), room(kLinearRows * in), dx(kLinearRows * in),
      d_weight(c.outputs * in, 0.0F);
  pack(c.weight, c.outputs, c.inputs, in, weight.data());
  if (g.bias != nullptr) std::fill_n(g.bias, c.outputs, 0.0F);
  for (std::size_t r0 = 0; r0 < c.rows; r0 += kLinearRows) {
    const std::size_t n = std::min(kLinearRows, c.rows - r0);
    const float* down = dy + r0 * c.outputs;
    if (g.x != nullptr) {
      float* to = in == c.inputs ? g.x + r0 * c.inputs : dx.data();
      product<S, Rows, Slots, Start::zero>(n, in, c.outputs, {down, c.outputs, 1}, weight.data(), in, nullptr,
                                           to, in);
      if (in != c.inputs) unpack(to, n, c.inputs, in, g.x + r0 * c.inputs);
    }
    if (g.weight == nullptr) continue;
    const float* x = padded_rows(c.x + r0 * c.inputs, n, c.inputs, room.data());
    product<S, Rows, Slots, Start::add>(c.outputs, in, n, {down, 1, c.outputs}, x, in, nullptr,
                                        d_weight.data(), in);
    if (g.bias == nullptr) continue;
    for (std::size_t r = 0; r < n; ++r)
      for (std::size_t k = 0; k < c.outputs; ++k) g.bias[k] += down[r * c.outputs + k];
  }
  if (g.weight != nullptr) unpack(d_weight.data(), c.outputs, c.inputs, in, g.weight);
}

}  // namespace
}  // namespace phreatic::kernels
