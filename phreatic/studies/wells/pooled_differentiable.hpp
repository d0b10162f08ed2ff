// SPDX-License-Identifier: BSD-3-Clause
// What is explained: the mean of the models that simulate a well, as one function of a window.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "phreatic/learn/trainer.hpp"

namespace phreatic::studies::wells {

// The mean of several models, each weighing by its members: what is explained is what was simulated (up to
// mean against median over members).
class PooledDifferentiable : public learn::Differentiable {
 public:
  void add(std::unique_ptr<learn::Model> model, std::size_t lags) {
    weights_.push_back(static_cast<float>(model->description().members));
    total_ += weights_.back();
    parts_.push_back(learn::make_differentiable(*model, 0, model->description().outputs() / 2, lags));
    models_.push_back(std::move(model));
  }
  std::size_t lags() const override { return parts_.front()->lags(); }
  std::size_t features() const override { return parts_.front()->features(); }
  std::size_t statics() const override { return parts_.front()->statics(); }
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
    const std::size_t cells = batch * lags() * features();
    std::fill_n(values, batch, 0.0F);
    std::fill_n(gradients, cells, 0.0F);
    part_values_.resize(batch);
    part_gradients_.resize(cells);
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      const float weight = weights_[p] / total_;
      parts_[p]->value_and_gradient(batch, inputs, statics, part_values_.data(), part_gradients_.data());
      for (std::size_t i = 0; i < batch; ++i) values[i] += weight * part_values_[i];
      for (std::size_t i = 0; i < cells; ++i) gradients[i] += weight * part_gradients_[i];
    }
    clear_hidden(batch, gradients);
    if (!anchor_) return;
    for (std::size_t b = 0; b < batch; ++b) {
      values[b] += inputs[anchor_cell(b)];
      gradients[anchor_cell(b)] += 1.0F;
    }
  }
  void value(std::size_t batch, const float* inputs, const float* statics, float* values) override {
    inputs = seen(batch, inputs);
    std::fill_n(values, batch, 0.0F);
    part_values_.resize(batch);
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      parts_[p]->value(batch, inputs, statics, part_values_.data());
      for (std::size_t i = 0; i < batch; ++i) values[i] += weights_[p] / total_ * part_values_[i];
    }
    for (std::size_t b = 0; anchor_ && b < batch; ++b) values[b] += inputs[anchor_cell(b)];
  }

 private:
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
    seen_.assign(inputs, inputs + batch * lags() * features());
    clear_hidden(batch, seen_.data());
    return seen_.data();
  }

  std::size_t hidden_steps_ = 0;
  std::size_t first_hidden_ = 0;
  std::optional<std::size_t> anchor_;
  std::vector<float> seen_;
  std::vector<std::unique_ptr<learn::Model>> models_;
  std::vector<std::unique_ptr<learn::Differentiable>> parts_;
  std::vector<float> weights_;
  float total_ = 0;
  std::vector<float> part_values_;
  std::vector<float> part_gradients_;
};

}  // namespace phreatic::studies::wells
