// SPDX-License-Identifier: BSD-3-Clause
// Evaluation of a booster for many rows. Sums in single precision in the order of the trees, as XGBoost does,
// so that margins are equal to its own. Rows in blocks over threads and in lanes of vectors.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "phreatic/model/predictor.hpp"
#include "phreatic/trees/booster.hpp"
#include "phreatic/trees/table.hpp"

namespace phreatic::trees {

// A booster made ready for evaluation; holds no reference to it. Calls from several threads are allowed.
class Forest {
 public:
  explicit Forest(const Booster& booster);
  ~Forest();
  Forest(const Forest&) = delete;
  Forest& operator=(const Forest&) = delete;

  std::size_t features() const;
  // rows x: [rows][features()], NaN = missing -> margins [rows].
  void margins(std::size_t rows, const float* x, float* out) const;
  // As margins, on the scale of the target.
  void predict(std::size_t rows, const float* x, float* out) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Of a table whose columns are the model's features in their order (align_columns).
std::vector<float> predict(const Booster& booster, const Table& table);

// A booster as a model of the house: windows of one step with the booster's features.
class BoosterPredictor : public model::Predictor {
 public:
  BoosterPredictor(const Booster& booster, model::Target target)
      : forest_(booster), target_(std::move(target)) {}
  model::Shape shape() const override { return {1, forest_.features(), 0}; }
  model::Target target() const override { return target_; }
  void value(std::size_t batch, const float* inputs, const float* /*statics*/, float* values) override {
    forest_.predict(batch, inputs, values);
  }

 private:
  Forest forest_;
  model::Target target_;
};

}  // namespace phreatic::trees
