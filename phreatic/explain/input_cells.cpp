// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/explain/input_cells.hpp"

namespace phreatic::explain {

namespace {

// Scaled statics are of order one: float32 rounding / h and truncation ~ h^2 / 6 meet near 1e-2.
constexpr float kStaticStep = 0.01F;

void difference_statics(learn::Differentiable& f, const InputCells& cells, RowBatch& batch) {
  std::vector<float> moved(batch.statics.begin(),
                           batch.statics.begin() + static_cast<std::ptrdiff_t>(batch.rows * cells.statics));
  std::vector<float> above(batch.rows), below(batch.rows);
  for (std::size_t s = 0; s < cells.statics; ++s) {
    for (std::size_t r = 0; r < batch.rows; ++r) moved[r * cells.statics + s] += kStaticStep;
    f.value(batch.rows, batch.inputs.data(), moved.data(), above.data());
    for (std::size_t r = 0; r < batch.rows; ++r) {
      const std::size_t at = r * cells.statics + s;
      moved[at] = batch.statics[at] - kStaticStep;
    }
    f.value(batch.rows, batch.inputs.data(), moved.data(), below.data());
    for (std::size_t r = 0; r < batch.rows; ++r) {
      const std::size_t at = r * cells.statics + s;
      batch.static_gradients[at] = (above[r] - below[r]) / (2 * kStaticStep);
      moved[at] = batch.statics[at];
    }
  }
}

}  // namespace

void RowBatch::resize(const InputCells& cells, std::size_t row_count) {
  rows = row_count;
  inputs.resize(rows * cells.dynamic());
  statics.resize(rows * cells.statics);
  values.resize(rows);
  gradients.resize(rows * cells.dynamic());
  if (cells.with_statics) static_gradients.resize(rows * cells.statics);
}

void evaluate_gradients(learn::Differentiable& f, const InputCells& cells, RowBatch& batch) {
  f.value_and_gradient(batch.rows, batch.inputs.data(), batch.statics.data(), batch.values.data(),
                       batch.gradients.data());
  if (cells.with_statics) difference_statics(f, cells, batch);
}

}  // namespace phreatic::explain
