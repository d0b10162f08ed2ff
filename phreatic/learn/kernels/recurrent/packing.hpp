// SPDX-License-Identifier: BSD-3-Clause
// Weights from torch's layout into the order in which the kernels read them, and gradients back.
#pragma once

#include <cstddef>

#include "phreatic/learn/kernels/recurrent/kernel.hpp"
#include "phreatic/learn/kernels/recurrent/recurrent.hpp"

namespace phreatic::kernels {

const Slots& slots_of(Cell cell);

// Floats of the packed arrays, for vectors of `width`.
std::size_t forward_weight_count(const Shape& shape, std::size_t width);
std::size_t bias_count(const Shape& shape, std::size_t width);

// ForwardJob::weights and bias.
void pack_forward(const Shape& shape, const Weights& weights, std::size_t width, float* packed, float* bias);

// One of BackwardJob's packed matrices.
struct BackwardColumns {
  const float* source;     // [G*H][columns], torch's layout
  std::size_t columns;     // H or F
  std::size_t slot_first;  // slots that this matrix feeds
  std::size_t slot_count;
  std::size_t tile_vectors;  // Kernel::column_tile
};
std::size_t backward_weight_count(const Shape& shape, const BackwardColumns& columns, std::size_t width);
void pack_backward(const Shape& shape, const BackwardColumns& columns, std::size_t width, float* packed);

// Sums the tasks' partial gradients in index order and writes them in torch's layout. Partials of one task:
// forward_weight_count() floats at `partials` + task * stride, then bias_count() floats.
void unpack_gradients(const Shape& shape, std::size_t width, const float* partials, std::size_t tasks,
                      std::size_t stride, const Gradients& result);

}  // namespace phreatic::kernels
