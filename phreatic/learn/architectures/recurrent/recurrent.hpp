// SPDX-License-Identifier: BSD-3-Clause
// LSTM and GRU networks (docs/methods/recurrent.md):
//   inputs [T][C] (+ statics repeated [T][S]) -> CNN -> recurrent layers -> dropout -> head [heads][H]
// and with task branches, after the shared layers each target has recurrent layers, dropout and a head of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "phreatic/learn/architectures/architecture.hpp"

namespace phreatic::learn {

// What settings and data fix about a recurrent network.
struct RecurrentShape {
  ModelParams model;
  std::size_t channels = 0;                // C, inputs per step without statics
  std::size_t statics = 0;                 // S; 0 when the model does not use them
  std::size_t heads = 1;                   // outputs of all targets
  std::vector<std::size_t> outputs = {1};  // per target

  std::size_t hidden() const { return static_cast<std::size_t>(model.hidden_size); }
  std::size_t layers() const { return static_cast<std::size_t>(model.layers); }
  std::size_t branch_layers() const { return static_cast<std::size_t>(model.branch_layers); }
  std::size_t gates() const { return model.cell == CellKind::lstm ? 4 : 3; }
  bool repeats_statics() const { return statics > 0 && model.static_attributes == StaticUse::repeat; }
  bool sets_state() const { return statics > 0 && model.static_attributes == StaticUse::initial_state; }
  std::size_t sequence_inputs() const { return channels + (repeats_statics() ? statics : 0); }
  std::size_t recurrent_inputs() const;                                        // of the first recurrent layer
  std::size_t states() const { return model.cell == CellKind::lstm ? 2 : 1; }  // h (and c)
};
RecurrentShape recurrent_shape(const ModelParams& params, const InputShape& inputs);

// Names and order: cnn.<i>.weight [out][in][k], cnn.<i>.bias, state.weight [layers*states*H][S], state.bias,
// rnn.<l>.weight_ih [G*H][in], .weight_hh [G*H][H], .bias_ih, .bias_hh [G*H], head.weight [heads][H],
// head.bias. With task branches, in place of the head, for every target k branch.<k>.rnn.<l>.* and
// branch.<k>.head.weight [outputs of k][H], .bias.
std::string branch_layer(std::size_t target, std::size_t layer);
ParameterLayout recurrent_layout(const RecurrentShape& shape);

// Uniform with bounds 1/sqrt(H) (recurrent) or 1/sqrt(fan-in); the LSTM's forget bias as set.
std::vector<float> recurrent_start(const RecurrentShape& shape, const ParameterLayout& layout,
                                   std::uint64_t seed);

std::unique_ptr<Architecture> make_recurrent(const ModelParams& params, const InputShape& inputs);

// The gradient straight through the fused kernel: recurrent layers and head, on the CPU, no CNN.
// `statics`: attributes of a row, used or not.
std::unique_ptr<model::Differentiable> make_fused_differentiable(const RecurrentShape& shape,
                                                                 std::size_t statics,
                                                                 const GradientCall& call);

}  // namespace phreatic::learn
