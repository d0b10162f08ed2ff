// SPDX-License-Identifier: BSD-3-Clause
// A predictor that also gives its gradient.
#pragma once

#include "phreatic/model/predictor.hpp"

namespace phreatic::model {

class Differentiable : public Predictor {
 public:
  // As value; also writes d value / d input [batch][T][F].
  virtual void value_and_gradient(std::size_t batch, const float* inputs, const float* statics, float* values,
                                  float* gradients) = 0;
  // As value_and_gradient, of one member. To be overridden with members().
  virtual void member_value_and_gradient(std::size_t /*member*/, std::size_t batch, const float* inputs,
                                         const float* statics, float* values, float* gradients) {
    value_and_gradient(batch, inputs, statics, values, gradients);
  }
};

}  // namespace phreatic::model
