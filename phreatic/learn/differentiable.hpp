// SPDX-License-Identifier: BSD-3-Clause
// A scalar function of a window of inputs with its gradient: what explainers need of a model, and no more.
#pragma once

#include <cstddef>

namespace phreatic::learn {

// f(window, statics) = one number per window, for example the scaled level at the window's last step.
class Differentiable {
 public:
  Differentiable() = default;
  virtual ~Differentiable() = default;
  Differentiable(const Differentiable&) = delete;
  Differentiable& operator=(const Differentiable&) = delete;

  virtual std::size_t lags() const = 0;      // T, steps of a window; the last one is the date explained
  virtual std::size_t features() const = 0;  // F, dynamic inputs per step (channels of dataset.hpp)
  virtual std::size_t statics() const = 0;   // S, may be 0

  // inputs [batch][T][F], statics [batch][S] (may be null when S = 0); writes values [batch] and gradients
  // d value / d input [batch][T][F]. Uses core::parallel_for; the result does not depend on the threads.
  // One call at a time per object.
  virtual void value_and_gradient(std::size_t batch, const float* inputs, const float* statics, float* values,
                                  float* gradients) = 0;
  // Values alone.
  virtual void value(std::size_t batch, const float* inputs, const float* statics, float* values) = 0;

  // f is the plain mean of this many functions, the members of an ensemble: who samples anyway may sample
  // them too, at a member's cost in place of all of theirs.
  virtual std::size_t members() const { return 1; }
  // As value_and_gradient, of one member; `gradients` may be null. To be overridden with members().
  virtual void member_value_and_gradient(std::size_t /*member*/, std::size_t batch, const float* inputs,
                                         const float* statics, float* values, float* gradients) {
    if (gradients == nullptr) {
      value(batch, inputs, statics, values);
    } else {
      value_and_gradient(batch, inputs, statics, values, gradients);
    }
  }
};

}  // namespace phreatic::learn
