// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/architectures/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::learn {
namespace {

constexpr std::size_t kAlignment = 16;  // floats: one cache line, one AVX-512 register

struct LayoutBuilder {
  ParameterLayout layout;

  void add(const std::string& name, std::vector<std::size_t> shape, double bound) {
    Parameter p{name, std::move(shape), layout.size, 1, bound};
    for (const std::size_t n : p.shape) p.count *= n;
    layout.size += (p.count + kAlignment - 1) / kAlignment * kAlignment;
    layout.parameters.push_back(std::move(p));
  }
};

double bound_of(std::size_t fan_in) { return 1.0 / std::sqrt(static_cast<double>(fan_in)); }

}  // namespace

std::size_t NetworkShape::recurrent_inputs() const {
  return model.cnn.channels > 0 ? static_cast<std::size_t>(model.cnn.channels) : sequence_inputs();
}

NetworkShape network_shape(const LearnParams& params, const SeriesSet& set) {
  NetworkShape shape;
  shape.model = params.model;
  shape.channels = set.channels();
  shape.statics = params.model.static_attributes == StaticUse::none ? 0 : set.statics.size();
  shape.targets = set.targets.size();
  shape.outputs = params.loss.outputs_per_target();
  return shape;
}

const Parameter& ParameterLayout::at(const std::string& name) const {
  const auto found =
      std::find_if(parameters.begin(), parameters.end(), [&](const Parameter& p) { return p.name == name; });
  PHREATIC_ASSERT(found != parameters.end());
  return *found;
}

ParameterLayout make_layout(const NetworkShape& shape) {
  LayoutBuilder b;
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
  b.add("head.weight", {shape.heads(), hidden}, bound_of(hidden));
  b.add("head.bias", {shape.heads()}, bound_of(hidden));
  return std::move(b.layout);
}

std::vector<float> initial_parameters(const NetworkShape& shape, const ParameterLayout& layout,
                                      std::uint64_t seed) {
  std::vector<float> flat(layout.size, 0.0F);
  for (std::size_t i = 0; i < layout.parameters.size(); ++i) {
    const Parameter& p = layout.parameters[i];
    core::RandomStream random(seed, "init", i);
    for (std::size_t k = 0; k < p.count; ++k)
      flat[p.offset + k] = static_cast<float>(random.uniform(-p.bound, p.bound));
  }
  if (shape.model.cell == CellKind::lstm) {
    for (std::size_t l = 0; l < shape.layers(); ++l) {
      float* ih = flat.data() + layout.at(fmt::format("rnn.{}.bias_ih", l)).offset + shape.hidden();
      float* hh = flat.data() + layout.at(fmt::format("rnn.{}.bias_hh", l)).offset + shape.hidden();
      std::fill_n(ih, shape.hidden(), 0.0F);
      std::fill_n(hh, shape.hidden(), static_cast<float>(shape.model.initial_forget_bias));
    }
  }
  return flat;
}

void pack_parameters(const ParameterLayout& layout, const std::vector<float>& flat, const std::string& prefix,
                     std::vector<StoredTensor>& out) {
  PHREATIC_ASSERT(flat.size() == layout.size);
  for (const Parameter& p : layout.parameters)
    out.push_back(store_floats(prefix + p.name, p.shape, flat.data() + p.offset));
}

std::vector<float> unpack_parameters(const ParameterLayout& layout, const SafeTensors& content,
                                     const std::string& prefix, const std::string& file) {
  core::Problems problems;
  std::vector<float> flat(layout.size, 0.0F);
  for (const Parameter& p : layout.parameters) {
    const std::string name = prefix + p.name;
    const StoredTensor* stored = content.find(name);
    if (stored == nullptr || stored->shape != p.shape) {
      const std::string what =
          stored == nullptr ? "is missing" : "has another shape than the settings ask for";
      problems.add({.file = file, .where = "array '" + name + "'", .what = what});
      continue;
    }
    const std::vector<float> values = stored_floats(*stored, file);
    if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }))
      problems.add(
          {.file = file, .where = "array '" + name + "'", .what = "holds values that are not finite"});
    std::copy(values.begin(), values.end(), flat.begin() + static_cast<std::ptrdiff_t>(p.offset));
  }
  problems.throw_if_any();
  return flat;
}

}  // namespace phreatic::learn
