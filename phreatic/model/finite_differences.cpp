// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/model/finite_differences.hpp"

#include <algorithm>
#include <utility>

#include "phreatic/core/errors.hpp"

namespace phreatic::model {

FiniteDifferences::FiniteDifferences(Predictor& f, std::vector<float> steps)
    : f_(f), steps_(std::move(steps)) {
  PHREATIC_ASSERT(steps_.size() == f.shape().features &&
                  std::all_of(steps_.begin(), steps_.end(), [](float h) { return h > 0; }));
}

template <class Value>
void FiniteDifferences::differences(const Value& value, std::size_t batch, const float* inputs,
                                    float* gradients) const {
  const std::size_t cells = shape().cells();
  std::vector<float> moved(inputs, inputs + batch * cells), above(batch), below(batch);
  for (std::size_t i = 0; i < cells; ++i) {
    const float h = steps_[i % steps_.size()];
    for (std::size_t b = 0; b < batch; ++b) moved[b * cells + i] = inputs[b * cells + i] + h;
    value(moved.data(), above.data());
    for (std::size_t b = 0; b < batch; ++b) moved[b * cells + i] = inputs[b * cells + i] - h;
    value(moved.data(), below.data());
    for (std::size_t b = 0; b < batch; ++b) {
      gradients[b * cells + i] = (above[b] - below[b]) / (2 * h);
      moved[b * cells + i] = inputs[b * cells + i];
    }
  }
}

void FiniteDifferences::value_and_gradient(std::size_t batch, const float* inputs, const float* statics,
                                           float* values, float* gradients) {
  f_.value(batch, inputs, statics, values);
  differences([&](const float* x, float* y) { f_.value(batch, x, statics, y); }, batch, inputs, gradients);
}

void FiniteDifferences::member_value_and_gradient(std::size_t member, std::size_t batch, const float* inputs,
                                                  const float* statics, float* values, float* gradients) {
  f_.member_value(member, batch, inputs, statics, values);
  differences([&](const float* x, float* y) { f_.member_value(member, batch, x, statics, y); }, batch, inputs,
              gradients);
}

}  // namespace phreatic::model
