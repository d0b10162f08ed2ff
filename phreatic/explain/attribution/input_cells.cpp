// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/explain/attribution/input_cells.hpp"

#include <optional>

namespace phreatic::explain {

namespace {

// Scaled statics are of order one: float32 rounding / h and truncation ~ h^2 / 6 meet near 1e-2.
constexpr float kStaticStep = 0.01F;

// Rows [first, last) of a batch, by one member of f or by f itself.
class Evaluation {
 public:
  Evaluation(model::Differentiable& f, std::optional<std::size_t> member, const InputCells& cells,
             RowBatch& batch, std::size_t first, std::size_t last)
      : f_(f), member_(member), cells_(cells), batch_(batch), first_(first), rows_(last - first) {}

  void run() {
    if (rows_ == 0) return;
    const float* statics = batch_.statics.data() + first_ * cells_.statics;
    evaluate(statics, batch_.values.data() + first_, batch_.gradients.data() + first_ * cells_.dynamic());
    if (cells_.with_statics) difference_statics(statics);
  }

 private:
  void evaluate(const float* statics, float* values, float* gradients) {
    const float* inputs = batch_.inputs.data() + first_ * cells_.dynamic();
    if (member_ && gradients == nullptr) {
      f_.member_value(*member_, rows_, inputs, statics, values);
    } else if (member_) {
      f_.member_value_and_gradient(*member_, rows_, inputs, statics, values, gradients);
    } else if (gradients == nullptr) {
      f_.value(rows_, inputs, statics, values);
    } else {
      f_.value_and_gradient(rows_, inputs, statics, values, gradients);
    }
  }
  void difference_statics(const float* statics) {
    std::vector<float> moved(statics, statics + rows_ * cells_.statics);
    std::vector<float> above(rows_), below(rows_);
    for (std::size_t s = 0; s < cells_.statics; ++s) {
      for (std::size_t r = 0; r < rows_; ++r) moved[r * cells_.statics + s] += kStaticStep;
      evaluate(moved.data(), above.data(), nullptr);
      for (std::size_t r = 0; r < rows_; ++r)
        moved[r * cells_.statics + s] = statics[r * cells_.statics + s] - kStaticStep;
      evaluate(moved.data(), below.data(), nullptr);
      for (std::size_t r = 0; r < rows_; ++r) {
        const std::size_t at = r * cells_.statics + s;
        batch_.static_gradients[first_ * cells_.statics + at] = (above[r] - below[r]) / (2 * kStaticStep);
        moved[at] = statics[at];
      }
    }
  }

  model::Differentiable& f_;
  std::optional<std::size_t> member_;
  const InputCells& cells_;
  RowBatch& batch_;
  std::size_t first_, rows_;
};

}  // namespace

void RowBatch::resize(const InputCells& cells, std::size_t row_count) {
  rows = row_count;
  member_rows.clear();
  inputs.resize(rows * cells.dynamic());
  statics.resize(rows * cells.statics);
  values.resize(rows);
  gradients.resize(rows * cells.dynamic());
  if (cells.with_statics) static_gradients.resize(rows * cells.statics);
}

void evaluate_gradients(model::Differentiable& f, const InputCells& cells, RowBatch& batch) {
  if (batch.member_rows.empty()) {
    Evaluation(f, std::nullopt, cells, batch, 0, batch.rows).run();
    return;
  }
  for (std::size_t m = 0; m + 1 < batch.member_rows.size(); ++m)
    Evaluation(f, m, cells, batch, batch.member_rows[m], batch.member_rows[m + 1]).run();
}

}  // namespace phreatic::explain
