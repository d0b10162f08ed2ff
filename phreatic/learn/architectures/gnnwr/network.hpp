// SPDX-License-Identifier: BSD-3-Clause
// The spatially weighted network of GNNWR as it is trained:
//   a_0 = distances (GTNNWR: proximities);  a_l = dropout(PReLU(batchnorm(W_l a_(l-1) + b_l)));  w = W_L a_(L-1) + b_L
//   y_i = sum_k w_k(i) c_ik,   loss = mean (y_i - observed_i)^2 over the batch
// PReLU has one slope for the whole network. Batch normalisation: eps 1e-5, momentum 0.1. Start: weights
// uniform within sqrt(6 / inputs), biases 0 (he2015).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "phreatic/learn/architectures/gnnwr/gnnwr.hpp"
#include "phreatic/learn/architectures/gnnwr/proximity.hpp"
#include "phreatic/learn/kernels/buffer.hpp"
#include "phreatic/learn/kernels/dense/dense.hpp"

namespace phreatic::learn {

// Rows as the network takes them. Distances are [rows][stride], stride = dense_stride(references).
struct GnnwrBatch {
  std::size_t rows = 0;
  const float* space = nullptr;
  const float* time = nullptr;    // null without GTNNWR
  const float* terms = nullptr;   // [rows][terms] c_ik = beta_k x'_ik
  const float* target = nullptr;  // [rows]
};

// Parameters that are no matrix, with gradients and the optimiser's states; padded for the kernels.
struct SmallParameters {
  std::vector<float> value, gradient, state1, state2;
  void resize(std::size_t count);
  void step(const kernels::DenseStep& step);
};

class GnnwrNetwork {
 public:
  // The start of training.
  GnnwrNetwork(const GnnwrParams& params, std::size_t references, std::size_t terms, std::uint64_t seed);
  // A stored network.
  GnnwrNetwork(const GnnwrParams& params, const GnnwrWeights& weights);
  GnnwrWeights weights() const;

  // Forward, backward and one step of the optimiser; returns the sum of squared errors before it. `update`
  // numbers the steps (the key of dropout). Rows >= 2.
  double train(const GnnwrBatch& batch, const kernels::DenseStep& step, std::uint64_t update);
  // w: [rows][terms], with running statistics and without dropout.
  void evaluate(const GnnwrBatch& batch, float* w);
  // Standard deviation over all pairs of the proximities of the last evaluate(); 1 without a proximity network.
  double proximity_spread() const { return spread_; }
  // With a step of the kind `store`: the gradients of the last train(), in the places of the weights.
  GnnwrWeights gradients() const;

 private:
  struct Layer {
    std::size_t inputs = 0, outputs = 0, stride = 0;  // stride: of rows of outputs
    std::size_t x_stride = 0;
    bool last = false;
    std::vector<float> w, state1, state2;  // [inputs][stride]
    SmallParameters small;                 // bias; scale; shift: [stride] each
    std::vector<float> mean, variance;     // [stride] running
    // Of the batch: output of the linear part (then normalised values, then gradient), mask of dropout, output;
    // gradient of the input.
    std::vector<float> z, mask, a, d;
    std::vector<float> inverse_deviation;  // [stride]
    kernels::DenseShape shape(std::size_t rows) const { return {rows, inputs, outputs, x_stride}; }
    float* bias() { return small.value.data(); }
    float* scale() { return small.value.data() + stride; }
    float* shift() { return small.value.data() + 2 * stride; }
  };
  void make_layers(std::size_t references, std::size_t terms, const std::vector<int>& hidden);
  const float* input_of(const GnnwrBatch& batch, bool training);
  void forward_hidden(Layer& layer, const float* x, std::size_t rows, std::uint64_t update,
                      std::size_t index);
  void backward_hidden(Layer& layer, float* d, std::size_t rows);
  void evaluate_hidden(Layer& layer, const float* x, std::size_t rows);
  kernels::NormLayer norm_of(Layer& layer, std::size_t rows) const;
  void reserve(std::size_t rows);
  GnnwrWeights export_from(bool gradients) const;

  std::vector<Layer> layers_;
  SmallParameters slope_;
  std::unique_ptr<Proximity> proximity_;
  double dropout_ = 0;
  std::uint64_t seed_ = 0;
  double spread_ = 1;
};

// Sizes of the hidden layers: those of the settings, else halved from 2^floor(log2 references) while > terms.
std::vector<int> hidden_sizes(const GnnwrParams& params, std::size_t references, std::size_t terms);

}  // namespace phreatic::learn
