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
          inputs.heads(), inputs.outputs};
}

std::string branch_layer(std::size_t target, std::size_t layer) {
  return fmt::format("branch.{}.rnn.{}", target, layer);
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
  const auto add_layer = [&](const std::string& name, std::size_t in) {
    b.add(name + ".weight_ih", {rows, in}, bound_of(hidden));
    b.add(name + ".weight_hh", {rows, hidden}, bound_of(hidden));
    b.add(name + ".bias_ih", {rows}, bound_of(hidden));
    b.add(name + ".bias_hh", {rows}, bound_of(hidden));
  };
  const auto add_head = [&](const std::string& name, std::size_t outputs) {
    b.add(name + ".weight", {outputs, hidden}, bound_of(hidden));
    b.add(name + ".bias", {outputs}, bound_of(hidden));
  };
  for (std::size_t l = 0; l < shape.layers(); ++l) {
    add_layer(fmt::format("rnn.{}", l), width);
    width = hidden;
  }
  if (shape.branch_layers() == 0) add_head("head", shape.heads);
  for (std::size_t k = 0; shape.branch_layers() > 0 && k < shape.outputs.size(); ++k) {
    for (std::size_t l = 0; l < shape.branch_layers(); ++l) add_layer(branch_layer(k, l), hidden);
    add_head(fmt::format("branch.{}.head", k), shape.outputs[k]);
  }
  return b;
}

std::vector<float> recurrent_start(const RecurrentShape& shape, const ParameterLayout& layout,
                                   std::uint64_t seed) {
  std::vector<float> flat = uniform_start(layout, seed);
  if (shape.model.cell != CellKind::lstm) return flat;
  const auto set_forget = [&](const std::string& name) {
    const auto gate = [&](const char* bias) {
      return flat.data() + layout.at(name + bias).offset + shape.hidden();
    };
    std::fill_n(gate(".bias_ih"), shape.hidden(), 0.0F);
    std::fill_n(gate(".bias_hh"), shape.hidden(),
                static_cast<float>(shape.model.initial_forget_bias.value_or(3.0)));
  };
  for (std::size_t l = 0; l < shape.layers(); ++l) set_forget(fmt::format("rnn.{}", l));
  for (std::size_t k = 0; k < shape.outputs.size(); ++k) {
    for (std::size_t l = 0; l < shape.branch_layers(); ++l) set_forget(branch_layer(k, l));
  }
  return flat;
}

}  // namespace phreatic::learn
