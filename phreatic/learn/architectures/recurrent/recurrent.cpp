// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/architectures/recurrent/recurrent.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace phreatic::learn {

std::size_t RecurrentShape::recurrent_inputs() const {
  return model.cnn.channels > 0 ? static_cast<std::size_t>(model.cnn.channels) : sequence_inputs();
}

RecurrentShape recurrent_shape(const ModelParams& params, const InputShape& inputs) {
  return {params, inputs.channels(), params.static_attributes == StaticUse::none ? 0 : inputs.statics,
          inputs.heads()};
}

ParameterLayout recurrent_layout(const RecurrentShape& shape) {
  ParameterLayout b;
  const std::size_t hidden = shape.hidden();
  const std::size_t rows = shape.gates() * hidden;
  std::size_t width = shape.sequence_inputs();
  if (shape.model.cnn.channels > 0) {
    const auto channels = static_cast<std::size_t>(shape.model.cnn.channels);
    const auto kernel = static_cast<std::size_t>(shape.model.cnn.kernel_size);
    for (int i = 0; i < shape.model.cnn.layers; ++i) {
      const double bound = bound_of(width * kernel);
      b.add(fmt::format("cnn.{}.weight", i), {channels, width, kernel}, bound);
      b.add(fmt::format("cnn.{}.bias", i), {channels}, bound);
      width = channels;
    }
  }
  if (shape.sets_state()) {
    const std::size_t states = shape.layers() * shape.states() * hidden;
    b.add("state.weight", {states, shape.statics}, bound_of(shape.statics));
    b.add("state.bias", {states}, bound_of(shape.statics));
  }
  for (std::size_t l = 0; l < shape.layers(); ++l) {
    b.add(fmt::format("rnn.{}.weight_ih", l), {rows, width}, bound_of(hidden));
    b.add(fmt::format("rnn.{}.weight_hh", l), {rows, hidden}, bound_of(hidden));
    b.add(fmt::format("rnn.{}.bias_ih", l), {rows}, bound_of(hidden));
    b.add(fmt::format("rnn.{}.bias_hh", l), {rows}, bound_of(hidden));
    width = hidden;
  }
  b.add("head.weight", {shape.heads, hidden}, bound_of(hidden));
  b.add("head.bias", {shape.heads}, bound_of(hidden));
  return b;
}

std::vector<float> recurrent_start(const RecurrentShape& shape, const ParameterLayout& layout,
                                   std::uint64_t seed) {
  std::vector<float> flat = uniform_start(layout, seed);
  if (shape.model.cell == CellKind::lstm) {
    for (std::size_t l = 0; l < shape.layers(); ++l) {
      float* ih = flat.data() + layout.at(fmt::format("rnn.{}.bias_ih", l)).offset + shape.hidden();
      float* hh = flat.data() + layout.at(fmt::format("rnn.{}.bias_hh", l)).offset + shape.hidden();
      std::fill_n(ih, shape.hidden(), 0.0F);
      std::fill_n(hh, shape.hidden(), static_cast<float>(shape.model.initial_forget_bias.value_or(3.0)));
    }
  }
  return flat;
}

}  // namespace phreatic::learn
