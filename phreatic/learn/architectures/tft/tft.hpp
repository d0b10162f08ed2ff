// SPDX-License-Identifier: BSD-3-Clause
// Temporal Fusion Transformer (Lim et al. 2021, key lim2021; docs/methods/tft.md):
//   embedding of every variable -> variable selection (static, past, future) -> LSTM encoder and decoder ->
//   static enrichment -> interpretable attention -> position-wise network -> head [heads][H]
// The first steps of a window, its warm-up, are the encoder's; the scored steps are the decoder's, which sees
// only inputs known in future.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "phreatic/learn/architectures/architecture.hpp"

namespace phreatic::learn {

// What settings and data fix about the network.
struct TftShape {
  ModelParams model;
  std::size_t features = 0;       // F, known in past and future: a variable each
  std::size_t past_features = 0;  // P, known up to the issue date: a variable of two channels each
  std::size_t statics = 0;        // S; 0 when the model does not use them
  std::size_t heads = 1;          // outputs of all targets
  std::size_t encoder = 1;        // steps of the encoder

  std::size_t hidden() const { return static_cast<std::size_t>(model.hidden_size); }
  std::size_t channels() const { return features + 2 * past_features; }
  std::size_t past_variables() const { return features + past_features; }
  std::size_t attention_heads() const { return static_cast<std::size_t>(model.tft.attention_heads); }
  std::size_t head_width() const { return hidden() / attention_heads(); }  // d
};
TftShape tft_shape(const ModelParams& params, const InputShape& inputs);

// Names and order: embed.weight [C][H], embed.bias [F + P][H], static_embed.weight and .bias [S][H]; of each
// selection network N of static, past, future with V variables: N.weights.* (a gated residual network of the
// joined embeddings, V*H -> V) and N.variable.* (V networks side by side, H -> H); context.{selection,
// enrichment, state_h, state_c}.*; encoder.* and decoder.* (LSTMs, as rnn.<l>.* of recurrent networks);
// locality.*, enrichment.*, attention.*, position.*, final.*; head.weight [heads][H], head.bias.
// A gated residual network has fc1.weight, fc1.bias, context.weight (where it has one), fc2.weight, fc2.bias,
// gate.weight [2 out][in], gate.bias (the linear half first, then the half under the sigmoid), skip.weight and
// .bias (where widths differ), norm.weight, norm.bias.
ParameterLayout tft_layout(const TftShape& shape);

// Uniform within +-1/sqrt(fan-in), norms 1 and 0; the forget biases of both LSTMs as set.
std::vector<float> tft_start(const TftShape& shape, const ParameterLayout& layout, std::uint64_t seed);

std::unique_ptr<Architecture> make_tft(const ModelParams& params, const InputShape& inputs);

}  // namespace phreatic::learn
