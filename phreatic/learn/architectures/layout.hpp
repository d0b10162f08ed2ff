// SPDX-License-Identifier: BSD-3-Clause
// Where the parameters of a recurrent network lie in one flat array of floats, how they start, and how they
// are stored. Free of libtorch, so that explaining and storing need none.
//
//   inputs [T][C] (+ statics repeated [T][S]) -> CNN -> recurrent layers -> dropout -> head [outputs][H]
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "phreatic/learn/files/safetensors.hpp"
#include "phreatic/learn/settings.hpp"

namespace phreatic::learn {

// What the data fixes about a network.
struct NetworkShape {
  ModelParams model;
  std::size_t channels = 0;  // C, inputs per step without statics
  std::size_t statics = 0;   // S; 0 when the model does not use them
  std::size_t targets = 1;
  std::size_t outputs = 1;  // per target

  std::size_t hidden() const { return static_cast<std::size_t>(model.hidden_size); }
  std::size_t layers() const { return static_cast<std::size_t>(model.layers); }
  std::size_t gates() const { return model.cell == CellKind::lstm ? 4 : 3; }
  std::size_t heads() const { return targets * outputs; }
  bool repeats_statics() const { return statics > 0 && model.static_attributes == StaticUse::repeat; }
  bool sets_state() const { return statics > 0 && model.static_attributes == StaticUse::initial_state; }
  std::size_t sequence_inputs() const { return channels + (repeats_statics() ? statics : 0); }
  std::size_t recurrent_inputs() const;                                        // of the first recurrent layer
  std::size_t states() const { return model.cell == CellKind::lstm ? 2 : 1; }  // h (and c)
};

NetworkShape network_shape(const LearnParams& params, const SeriesSet& set);

struct Parameter {
  std::string name;
  std::vector<std::size_t> shape;
  std::size_t offset = 0;  // floats from the start of the flat array; multiples of 16
  std::size_t count = 0;
  double bound = 0;  // starts uniform in [-bound, bound]
};

// Names and order: cnn.<i>.weight [out][in][k], cnn.<i>.bias, state.weight [layers*states*H][S], state.bias,
// rnn.<l>.weight_ih [G*H][in], .weight_hh [G*H][H], .bias_ih, .bias_hh [G*H], head.weight [heads][H],
// head.bias.
struct ParameterLayout {
  std::vector<Parameter> parameters;
  std::size_t size = 0;  // floats of the flat array; what lies between parameters stays 0
  const Parameter& at(const std::string& name) const;
};
ParameterLayout make_layout(const NetworkShape& shape);

// Starting values: uniform with bounds 1/sqrt(H) (recurrent) or 1/sqrt(fan-in), from the stream (seed,
// "init", parameter); the LSTM's forget bias as set.
std::vector<float> initial_parameters(const NetworkShape& shape, const ParameterLayout& layout,
                                      std::uint64_t seed);

// Between the flat array and named arrays of a file. unpack throws InputError when a name is missing, a shape
// differs, or a value is not finite.
void pack_parameters(const ParameterLayout& layout, const std::vector<float>& flat, const std::string& prefix,
                     std::vector<StoredTensor>& out);
std::vector<float> unpack_parameters(const ParameterLayout& layout, const SafeTensors& content,
                                     const std::string& prefix, const std::string& file);

}  // namespace phreatic::learn
