// SPDX-License-Identifier: BSD-3-Clause
// Inside explain: one explained input as a row of cells, the dynamic ones [T][F] and, when statics are
// attributed, the static ones [S] after them. A driver is a dynamic feature (all its steps) or a static one.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "phreatic/explain/windows.hpp"
#include "phreatic/model/differentiable.hpp"

namespace phreatic::explain {

struct InputCells {
  std::size_t steps = 0, features = 0, statics = 0;
  bool with_statics = false;
  std::size_t dynamic() const { return steps * features; }
  std::size_t count() const { return dynamic() + (with_statics ? statics : 0); }
  std::size_t drivers() const { return features + (with_statics ? statics : 0); }
  std::size_t driver_of(std::size_t cell) const {
    return cell < dynamic() ? cell % features : features + cell - dynamic();
  }
  // The cells of window `index` of a source.
  void read(const WindowSource& source, std::size_t index, std::span<float> out) const {
    source.inputs(index, out.first(dynamic()));
    if (with_statics) source.static_inputs(index, out.subspan(dynamic(), statics));
  }
};

// Rows of cells to be evaluated, split into what a model takes. When statics are not explained each row
// carries those that it is evaluated with. Rows of one member of the function stand together:
// [member_rows[m], member_rows[m + 1]); none: all rows are evaluated by the function itself.
struct RowBatch {
  std::size_t rows = 0;
  std::vector<std::size_t> member_rows;
  std::vector<float> inputs;            // [rows][T][F]
  std::vector<float> statics;           // [rows][S]
  std::vector<float> values;            // [rows]
  std::vector<float> gradients;         // [rows][T][F]
  std::vector<float> static_gradients;  // [rows][S] when statics are explained
  void resize(const InputCells& cells, std::size_t row_count);
};

// Fills values and gradients. Static gradients are central differences of the value: 2 S evaluations a row.
void evaluate_gradients(model::Differentiable& f, const InputCells& cells, RowBatch& batch);

}  // namespace phreatic::explain
