// SPDX-License-Identifier: BSD-3-Clause
// The simulator of a virtual well as a model: the level at the end of a window of drivers, from the well's
// neutral state. Explainers treat it as they treat a network.
#pragma once

#include "phreatic/basin/well.hpp"
#include "phreatic/model/differentiable.hpp"

namespace phreatic::basin {

// Shape: {days, 4, 0}, features in the order of Driver and in its units (mm, degC, mm, mm); value in m. The
// gradient is by differences (level_gradient).
class WindowLevel : public model::Differentiable {
 public:
  WindowLevel(const WellParams& well, std::size_t days) : well_(well), days_(days) {}
  model::Shape shape() const override { return {days_, kDriverCount, 0}; }
  model::Target target() const override { return {"level", "m", "level"}; }
  void value(std::size_t batch, const float* inputs, const float* statics, float* values) override;
  void value_and_gradient(std::size_t batch, const float* inputs, const float* statics, float* values,
                          float* gradients) override;

 private:
  WellModel well_;
  std::size_t days_;
};

}  // namespace phreatic::basin
