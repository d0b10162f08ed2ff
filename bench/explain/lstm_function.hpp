// SPDX-License-Identifier: BSD-3-Clause
// An LSTM with a linear head on its last hidden state as a function to be explained, on the fused kernels.
// Static attributes stand beside the inputs at every step; where all rows of a call share them they are
// folded into the bias, which saves their products.
#pragma once

#include <algorithm>
#include <vector>

#include "phreatic/learn/kernels/recurrent/recurrent.hpp"
#include "phreatic/model/differentiable.hpp"

namespace phreatic::bench {

struct LstmWeights {
  std::size_t features = 0, statics = 0, hidden = 0;
  std::vector<float> weight_ih;  // [4H][F + S]
  std::vector<float> weight_hh;  // [4H][H]
  std::vector<float> bias;       // [4H], both of torch's added
  std::vector<float> head;       // [H]
  float head_bias = 0;
};

class LstmFunction : public model::Differentiable {
 public:
  LstmFunction(LstmWeights weights, std::size_t lags) : w_(std::move(weights)), lags_(lags) {}
  model::Shape shape() const override { return {lags_, w_.features, w_.statics}; }
  model::Target target() const override { return {"level"}; }

  void value(std::size_t batch, const float* inputs, const float* statics, float* values) override {
    value_and_gradient(batch, inputs, statics, values, nullptr);
  }
  void value_and_gradient(std::size_t batch, const float* inputs, const float* statics, float* values,
                          float* gradients) override {
    const std::size_t size = lags_ * w_.features;
    for (std::size_t from = 0; from < batch;) {
      // A run of rows with the same statics.
      const float* own = statics + from * w_.statics;
      std::size_t n = 1;
      while (n < kRows && from + n < batch &&
             std::equal(own, own + w_.statics, statics + (from + n) * w_.statics)) {
        ++n;
      }
      run(n, inputs + from * size, own, values + from,
          gradients == nullptr ? nullptr : gradients + from * size);
      from += n;
    }
  }

 private:
  static constexpr std::size_t kRows = 1024;

  void fold(const float* statics) {
    const std::size_t rows = 4 * w_.hidden, width = w_.features + w_.statics;
    dynamic_.resize(rows * w_.features);
    bias_ = w_.bias;
    for (std::size_t r = 0; r < rows; ++r) {
      std::copy_n(w_.weight_ih.data() + r * width, w_.features, dynamic_.data() + r * w_.features);
      for (std::size_t s = 0; s < w_.statics; ++s) {
        bias_[r] += w_.weight_ih[r * width + w_.features + s] * statics[s];
      }
    }
  }

  void run(std::size_t n, const float* inputs, const float* statics, float* values, float* gradients) {
    fold(statics);
    const kernels::Shape shape{kernels::Cell::lstm, n, lags_, w_.features, w_.hidden};
    const kernels::Weights weights{dynamic_.data(), w_.weight_hh.data(), bias_.data(), nullptr};
    hidden_.resize(n * w_.hidden);
    kernels::forward(shape, weights, {.base = inputs}, {}, {.h_last = hidden_.data()},
                     gradients == nullptr ? nullptr : &workspace_);
    for (std::size_t b = 0; b < n; ++b) {
      float sum = w_.head_bias;
      for (std::size_t k = 0; k < w_.hidden; ++k) sum += w_.head[k] * hidden_[b * w_.hidden + k];
      values[b] = sum;
    }
    if (gradients == nullptr) return;
    for (std::size_t b = 0; b < n; ++b)
      std::copy(w_.head.begin(), w_.head.end(), hidden_.data() + b * w_.hidden);
    kernels::backward(shape, weights, {.base = inputs}, {.dh_last = hidden_.data()}, workspace_,
                      {.dx = gradients});
  }

  LstmWeights w_;
  std::size_t lags_;
  std::vector<float> dynamic_, bias_, hidden_;
  kernels::Workspace workspace_;
};

}  // namespace phreatic::bench
