// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "phreatic/learn/architectures/tft/tft.hpp"

namespace phreatic::learn {
namespace {

// Adds the parameters of the parts to a layout; H is the width of everything within.
class Parts {
 public:
  Parts(ParameterLayout& layout, std::size_t hidden) : layout_(layout), hidden_(hidden) {}

  void linear(const std::string& name, std::size_t out, std::size_t in, bool bias = true) {
    layout_.add(name + ".weight", {out, in}, bound_of(in));
    if (bias) layout_.add(name + ".bias", {out}, bound_of(in));
  }

  // A gated skip connection: LayerNorm(a + GLU(x)).
  void gate(const std::string& name, std::size_t out) {
    linear(name + ".gate", 2 * out, hidden_);
    norm(name, {out});
  }

  // A gated residual network H -> H.
  void residual(const std::string& name, bool context) {
    inner(name, hidden_, context);
    gate(name, hidden_);
  }

  // V gated residual networks H -> H side by side.
  void residuals(const std::string& name, std::size_t count) {
    for (const auto& [part, rows] : {std::pair{".fc1", hidden_}, {".fc2", hidden_}, {".gate", 2 * hidden_}}) {
      layout_.add(name + part + ".weight", {count, rows, hidden_}, bound_of(hidden_));
      layout_.add(name + part + ".bias", {count, rows}, bound_of(hidden_));
    }
    norm(name, {count, hidden_});
  }

  void selection(const std::string& name, std::size_t variables, bool context) {
    if (variables == 0) return;
    inner(name + ".weights", variables * hidden_, context);
    linear(name + ".weights.skip", variables, variables * hidden_);
    gate(name + ".weights", variables);
    residuals(name + ".variable", variables);
  }

  void lstm(const std::string& name) {
    layout_.add(name + ".weight_ih", {4 * hidden_, hidden_}, bound_of(hidden_));
    layout_.add(name + ".weight_hh", {4 * hidden_, hidden_}, bound_of(hidden_));
    layout_.add(name + ".bias_ih", {4 * hidden_}, bound_of(hidden_));
    layout_.add(name + ".bias_hh", {4 * hidden_}, bound_of(hidden_));
  }

 private:
  void inner(const std::string& name, std::size_t in, bool context) {
    linear(name + ".fc1", hidden_, in);
    if (context) linear(name + ".context", hidden_, hidden_, false);
    linear(name + ".fc2", hidden_, hidden_);
  }
  void norm(const std::string& name, const std::vector<std::size_t>& shape) {
    layout_.add(name + ".norm.weight", shape, 0, 1);
    layout_.add(name + ".norm.bias", shape, 0);
  }

  ParameterLayout& layout_;
  std::size_t hidden_;
};

}  // namespace

TftShape tft_shape(const ModelParams& params, const InputShape& inputs) {
  TftShape shape;
  shape.model = params;
  shape.features = inputs.features;
  shape.past_features = inputs.past_features;
  shape.statics = params.static_attributes == StaticUse::none ? 0 : inputs.statics;
  shape.heads = inputs.heads();
  shape.encoder = inputs.steps - inputs.scored;
  return shape;
}

ParameterLayout tft_layout(const TftShape& shape) {
  ParameterLayout layout;
  const std::size_t hidden = shape.hidden();
  const bool statics = shape.statics > 0;
  Parts parts(layout, hidden);
  layout.add("embed.weight", {shape.channels(), hidden}, 1);
  layout.add("embed.bias", {shape.past_variables(), hidden}, 1);
  if (statics) {
    layout.add("static_embed.weight", {shape.statics, hidden}, 1);
    layout.add("static_embed.bias", {shape.statics, hidden}, 1);
    parts.selection("static", shape.statics, false);
    for (const char* name : {"selection", "enrichment", "state_h", "state_c"})
      parts.residual(std::string("context.") + name, false);
  }
  parts.selection("past", shape.past_variables(), statics);
  parts.selection("future", shape.features, statics);
  parts.lstm("encoder");
  parts.lstm("decoder");
  parts.gate("locality", hidden);
  parts.residual("enrichment", statics);
  parts.linear("attention.query", hidden, hidden, false);
  parts.linear("attention.key", hidden, hidden, false);
  parts.linear("attention.value", shape.head_width(), hidden, false);
  parts.linear("attention.out", hidden, shape.head_width(), false);
  parts.gate("attention", hidden);
  parts.residual("position", false);
  parts.gate("final", hidden);
  parts.linear("head", shape.heads, hidden);
  return layout;
}

std::vector<float> tft_start(const TftShape& shape, const ParameterLayout& layout, std::uint64_t seed) {
  std::vector<float> flat = uniform_start(layout, seed);
  for (const char* lstm : {"encoder", "decoder"}) {
    const auto forget = [&](const char* bias) {
      return flat.begin() +
             static_cast<std::ptrdiff_t>(layout.at(lstm + std::string(bias)).offset + shape.hidden());
    };
    std::fill_n(forget(".bias_ih"), shape.hidden(), 0.0F);
    std::fill_n(forget(".bias_hh"), shape.hidden(),
                static_cast<float>(shape.model.initial_forget_bias.value_or(3.0)));
  }
  return flat;
}

}  // namespace phreatic::learn
