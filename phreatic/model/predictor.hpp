// SPDX-License-Identifier: BSD-3-Clause
// What a model is to those who use it: a function of a window of inputs. Whoever explains, scores or draws a
// model includes this room and nothing of how the model came about (docs/developer/models.md).
#pragma once

#include <cstddef>
#include <string>

namespace phreatic::model {

// What the numbers that a model gives mean.
struct Target {
  std::string name;        // "level", "discharge", "head at the river" ...
  std::string unit = "1";  // of the values as they are given: "1" for scaled values
  std::string role;        // what the target stands for ("level", "discharge" ...); empty: not said
};

// What a model takes: windows of `steps` x `features`, and `statics` attributes of the entity.
struct Shape {
  std::size_t steps = 0;     // T; the last one is the date that the value belongs to
  std::size_t features = 0;  // F, dynamic inputs per step
  std::size_t statics = 0;   // S, may be 0
  std::size_t cells() const { return steps * features; }
  bool operator==(const Shape&) const = default;
};

// f(window, statics) = one number per window. One call at a time per object; the result depends neither on
// the number of threads nor on what stands beside a row in its batch (beyond rounding).
class Predictor {
 public:
  Predictor() = default;
  virtual ~Predictor() = default;
  Predictor(const Predictor&) = delete;
  Predictor& operator=(const Predictor&) = delete;

  virtual Shape shape() const = 0;
  virtual Target target() const = 0;

  // inputs [batch][T][F], statics [batch][S] (may be null when S = 0) -> values [batch].
  virtual void value(std::size_t batch, const float* inputs, const float* statics, float* values) = 0;

  // f is the plain mean of this many functions, the members of an ensemble: who samples anyway may sample
  // them too, at a member's cost in place of all of theirs.
  virtual std::size_t members() const { return 1; }
  // As value, of one member. To be overridden with members().
  virtual void member_value(std::size_t /*member*/, std::size_t batch, const float* inputs,
                            const float* statics, float* values) {
    value(batch, inputs, statics, values);
  }
};

}  // namespace phreatic::model
