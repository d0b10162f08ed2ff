// SPDX-License-Identifier: BSD-3-Clause
// What is explained: the mean of the models that simulate a well, as one function of a window.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "phreatic/learn/trainer.hpp"

namespace phreatic::hydrographs {

// The mean of several models, each weighing by its members: what is explained is what was simulated (up to
// mean against median over members). Its members are those of all models.
class PooledDifferentiable : public model::Differentiable {
 public:
  // `target`: the number of the explained one among those of the model.
  void add(std::unique_ptr<learn::Model> model, std::size_t target, std::size_t lags) {
    parts_.push_back(
        learn::make_differentiable(*model, target, model->description().outputs(target) / 2, lags));
    for (std::size_t m = 0; m < parts_.back()->members(); ++m) members_.push_back({parts_.size() - 1, m});
    models_.push_back(std::move(model));
  }
  model::Shape shape() const override { return parts_.front()->shape(); }
  model::Target target() const override { return parts_.front()->target(); }
  // The last `steps` of the channels from `channel` on are 0 whatever the inputs say: what a forecast cannot
  // see.
  void hide(std::size_t steps, std::size_t channel) {
    hidden_steps_ = steps;
    first_hidden_ = channel;
  }
  // That channel's last seen value is added to the outputs (learn::SeriesSet::anchor).
  void anchor(std::size_t channel) { anchor_ = channel; }
  void value_and_gradient(std::size_t batch, const float* inputs, const float* statics, float* values,
                          float* gradients) override {
    inputs = seen(batch, inputs);
    const std::size_t cells = batch * shape().cells();
    std::fill_n(values, batch, 0.0F);
    std::fill_n(gradients, cells, 0.0F);
    part_values_.resize(batch);
    part_gradients_.resize(cells);
    for (const auto& part : parts_) {
      part->value_and_gradient(batch, inputs, statics, part_values_.data(), part_gradients_.data());
      for (std::size_t i = 0; i < batch; ++i) values[i] += weight(*part) * part_values_[i];
      for (std::size_t i = 0; i < cells; ++i) gradients[i] += weight(*part) * part_gradients_[i];
    }
    finish(batch, inputs, values, gradients);
  }
  void value(std::size_t batch, const float* inputs, const float* statics, float* values) override {
    inputs = seen(batch, inputs);
    std::fill_n(values, batch, 0.0F);
    part_values_.resize(batch);
    for (const auto& part : parts_) {
      part->value(batch, inputs, statics, part_values_.data());
      for (std::size_t i = 0; i < batch; ++i) values[i] += weight(*part) * part_values_[i];
    }
    finish(batch, inputs, values, nullptr);
  }
  std::size_t members() const override { return members_.size(); }
  void member_value(std::size_t member, std::size_t batch, const float* inputs, const float* statics,
                    float* values) override {
    inputs = seen(batch, inputs);
    const Member& m = members_.at(member);
    parts_[m.part]->member_value(m.number, batch, inputs, statics, values);
    finish(batch, inputs, values, nullptr);
  }
  void member_value_and_gradient(std::size_t member, std::size_t batch, const float* inputs,
                                 const float* statics, float* values, float* gradients) override {
    inputs = seen(batch, inputs);
    const Member& m = members_.at(member);
    parts_[m.part]->member_value_and_gradient(m.number, batch, inputs, statics, values, gradients);
    finish(batch, inputs, values, gradients);
  }

 private:
  struct Member {
    std::size_t part = 0, number = 0;
  };

  float weight(const model::Differentiable& part) const {
    return static_cast<float>(part.members()) / static_cast<float>(members_.size());
  }
  // What is hidden has no gradient, and the anchor is added; gradients may be null.
  void finish(std::size_t batch, const float* inputs, float* values, float* gradients) const {
    if (gradients != nullptr) clear_hidden(batch, gradients);
    for (std::size_t b = 0; anchor_ && b < batch; ++b) {
      values[b] += inputs[anchor_cell(b)];
      if (gradients != nullptr) gradients[anchor_cell(b)] += 1.0F;
    }
  }
  std::size_t lags() const { return shape().steps; }
  std::size_t features() const { return shape().features; }
  std::size_t anchor_cell(std::size_t row) const {
    return (row * lags() + lags() - hidden_steps_ - 1) * features() + *anchor_;
  }
  void clear_hidden(std::size_t batch, float* cells) const {
    for (std::size_t b = 0; b < batch; ++b) {
      for (std::size_t step = lags() - hidden_steps_; step < lags(); ++step) {
        float* row = cells + (b * lags() + step) * features();
        std::fill(row + first_hidden_, row + features(), 0.0F);
      }
    }
  }
  const float* seen(std::size_t batch, const float* inputs) {
    if (hidden_steps_ == 0) return inputs;
    seen_.assign(inputs, inputs + batch * shape().cells());
    clear_hidden(batch, seen_.data());
    return seen_.data();
  }

  std::size_t hidden_steps_ = 0;
  std::size_t first_hidden_ = 0;
  std::optional<std::size_t> anchor_;
  std::vector<float> seen_;
  std::vector<std::unique_ptr<learn::Model>> models_;
  std::vector<std::unique_ptr<model::Differentiable>> parts_;
  std::vector<Member> members_;
  std::vector<float> part_values_;
  std::vector<float> part_gradients_;
};

}  // namespace phreatic::hydrographs
