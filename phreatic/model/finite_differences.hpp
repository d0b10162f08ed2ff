// SPDX-License-Identifier: BSD-3-Clause
// A gradient for a predictor that has none of its own (a simulator, a table, a spreadsheet): central
// differences, df/dx_i = (f(x + h_v e_i) - f(x - h_v e_i)) / (2 h_v) with a step h_v for each feature v. Costs
// 2 T F values a row, and is as smooth as f is: trees have steps, so that their differences say little.
#pragma once

#include <vector>

#include "phreatic/model/differentiable.hpp"

namespace phreatic::model {

class FiniteDifferences : public Differentiable {
 public:
  // `steps` [F], in the units of the inputs, all > 0. The predictor must outlive this object.
  FiniteDifferences(Predictor& f, std::vector<float> steps);
  Shape shape() const override { return f_.shape(); }
  Target target() const override { return f_.target(); }
  std::size_t members() const override { return f_.members(); }
  void value(std::size_t batch, const float* inputs, const float* statics, float* values) override {
    f_.value(batch, inputs, statics, values);
  }
  void member_value(std::size_t member, std::size_t batch, const float* inputs, const float* statics,
                    float* values) override {
    f_.member_value(member, batch, inputs, statics, values);
  }
  void value_and_gradient(std::size_t batch, const float* inputs, const float* statics, float* values,
                          float* gradients) override;
  void member_value_and_gradient(std::size_t member, std::size_t batch, const float* inputs,
                                 const float* statics, float* values, float* gradients) override;

 private:
  template <class Value>
  void differences(const Value& value, std::size_t batch, const float* inputs, float* gradients) const;

  Predictor& f_;
  std::vector<float> steps_;
};

}  // namespace phreatic::model
