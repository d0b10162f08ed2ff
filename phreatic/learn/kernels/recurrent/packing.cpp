// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/kernels/recurrent/packing.hpp"

#include <algorithm>
#include <vector>

#include "phreatic/core/parallel.hpp"

namespace phreatic::kernels {
namespace {

std::size_t units_of(const Shape& shape, std::size_t width) { return (shape.hidden + width - 1) / width; }

std::size_t unit_weight_count(const Shape& shape, std::size_t width) {
  const Slots& slots = slots_of(shape.cell);
  return width * (shape.inputs * slots.x_count + shape.hidden * slots.h_count);
}

bool feeds(std::size_t slot, std::size_t first, std::size_t count) {
  return slot >= first && slot < first + count;
}

// out[column][slot][lane] = source[(gate of slot) H + unit][column], zero beyond H.
void pack_unit(const float* source, std::size_t columns, std::size_t hidden, std::size_t first_unit,
               std::size_t width, const Slots& slots, std::size_t slot_first, std::size_t slot_count,
               float* out) {
  for (std::size_t s = 0; s < slot_count; ++s) {
    const std::size_t gate = slots.torch_gate[slot_first + s];
    for (std::size_t lane = 0; lane < width; ++lane) {
      const std::size_t unit = first_unit + lane;
      const float* const row = source + (gate * hidden + unit) * columns;
      float* const to = out + s * width + lane;
      for (std::size_t k = 0; k < columns; ++k) to[k * slot_count * width] = unit < hidden ? row[k] : 0.0F;
    }
  }
}

void unpack_unit(const float* packed, std::size_t columns, std::size_t hidden, std::size_t first_unit,
                 std::size_t width, const Slots& slots, std::size_t slot_first, std::size_t slot_count,
                 float* out) {
  for (std::size_t s = 0; s < slot_count; ++s) {
    const std::size_t gate = slots.torch_gate[slot_first + s];
    for (std::size_t lane = 0; lane < width && first_unit + lane < hidden; ++lane) {
      float* const row = out + (gate * hidden + first_unit + lane) * columns;
      const float* const from = packed + s * width + lane;
      for (std::size_t k = 0; k < columns; ++k) row[k] = from[k * slot_count * width];
    }
  }
}

void unpack_bias(const Shape& shape, const float* bias, std::size_t first_unit, std::size_t width,
                 const Gradients& result) {
  const Slots& slots = slots_of(shape.cell);
  for (std::size_t s = 0; s < kSlots; ++s) {
    for (std::size_t lane = 0; lane < width && first_unit + lane < shape.hidden; ++lane) {
      const std::size_t to = slots.torch_gate[s] * shape.hidden + first_unit + lane;
      const float value = bias[s * width + lane];
      if (result.dbias_ih != nullptr && feeds(s, slots.x_first, slots.x_count)) result.dbias_ih[to] = value;
      if (result.dbias_hh != nullptr && feeds(s, slots.h_first, slots.h_count)) result.dbias_hh[to] = value;
    }
  }
}

}  // namespace

const Slots& slots_of(Cell cell) { return cell == Cell::lstm ? kLstmSlots : kGruSlots; }

std::size_t forward_weight_count(const Shape& shape, std::size_t width) {
  return units_of(shape, width) * unit_weight_count(shape, width);
}

std::size_t bias_count(const Shape& shape, std::size_t width) {
  return units_of(shape, width) * kSlots * width;
}

void pack_forward(const Shape& shape, const Weights& weights, std::size_t width, float* packed, float* bias) {
  const Slots& slots = slots_of(shape.cell);
  const std::size_t per_unit = unit_weight_count(shape, width);
  core::parallel_for(units_of(shape, width), [&](std::size_t u) {
    float* const to = packed + u * per_unit;
    pack_unit(weights.weight_ih, shape.inputs, shape.hidden, u * width, width, slots, slots.x_first,
              slots.x_count, to);
    pack_unit(weights.weight_hh, shape.hidden, shape.hidden, u * width, width, slots, slots.h_first,
              slots.h_count, to + shape.inputs * slots.x_count * width);
    for (std::size_t i = 0; i < kSlots * width; ++i) {
      const std::size_t slot = i / width;
      const std::size_t unit = u * width + i % width;
      const std::size_t from = slots.torch_gate[slot] * shape.hidden + unit;
      const bool x = weights.bias_ih != nullptr && feeds(slot, slots.x_first, slots.x_count);
      const bool h = weights.bias_hh != nullptr && feeds(slot, slots.h_first, slots.h_count);
      const bool real = unit < shape.hidden;
      bias[u * kSlots * width + i] =
          (real && x ? weights.bias_ih[from] : 0.0F) + (real && h ? weights.bias_hh[from] : 0.0F);
    }
  });
}

std::size_t backward_weight_count(const Shape& shape, const BackwardColumns& columns, std::size_t width) {
  const std::size_t vectors = (columns.columns + width - 1) / width;
  return units_of(shape, width) * columns.slot_count * width * vectors * width;
}

void pack_backward(const Shape& shape, const BackwardColumns& matrix, std::size_t width, float* packed) {
  const std::size_t vectors = (matrix.columns + width - 1) / width;
  const std::size_t depth = units_of(shape, width) * matrix.slot_count * width;
  const Slots& slots = slots_of(shape.cell);
  core::parallel_for((vectors + matrix.tile_vectors - 1) / matrix.tile_vectors, [&](std::size_t tile) {
    const std::size_t first = tile * matrix.tile_vectors;
    const std::size_t tile_columns = std::min(matrix.tile_vectors, vectors - first) * width;
    float* to = packed + depth * first * width;
    for (std::size_t k = 0; k < depth; ++k, to += tile_columns) {
      const std::size_t unit = k / (matrix.slot_count * width) * width + k % width;
      const std::size_t gate = slots.torch_gate[matrix.slot_first + k / width % matrix.slot_count];
      const float* const row = matrix.source + (gate * shape.hidden + unit) * matrix.columns;
      for (std::size_t i = 0; i < tile_columns; ++i) {
        const std::size_t column = first * width + i;
        to[i] = unit < shape.hidden && column < matrix.columns ? row[column] : 0.0F;
      }
    }
  });
}

void unpack_gradients(const Shape& shape, std::size_t width, const float* partials, std::size_t tasks,
                      std::size_t stride, const Gradients& result) {
  const Slots& slots = slots_of(shape.cell);
  const std::size_t per_unit = unit_weight_count(shape, width);
  const std::size_t bias_at = forward_weight_count(shape, width);
  core::parallel_for(units_of(shape, width), [&](std::size_t u) {
    std::vector<float> sum(per_unit + kSlots * width, 0.0F);
    for (std::size_t task = 0; task < tasks; ++task) {
      const float* const weights = partials + task * stride + u * per_unit;
      const float* const bias = partials + task * stride + bias_at + u * kSlots * width;
      for (std::size_t i = 0; i < per_unit; ++i) sum[i] += weights[i];
      for (std::size_t i = 0; i < kSlots * width; ++i) sum[per_unit + i] += bias[i];
    }
    const float* const h_part = sum.data() + shape.inputs * slots.x_count * width;
    if (result.dweight_ih != nullptr) {
      unpack_unit(sum.data(), shape.inputs, shape.hidden, u * width, width, slots, slots.x_first,
                  slots.x_count, result.dweight_ih);
    }
    if (result.dweight_hh != nullptr) {
      unpack_unit(h_part, shape.hidden, shape.hidden, u * width, width, slots, slots.h_first, slots.h_count,
                  result.dweight_hh);
    }
    unpack_bias(shape, sum.data() + per_unit, u * width, width, result);
  });
}

}  // namespace phreatic::kernels
