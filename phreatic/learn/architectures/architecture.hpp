// SPDX-License-Identifier: BSD-3-Clause
// What a network is to the trainer: a layout of parameters, starting values and a forward pass. An
// architecture is a folder here and a line in the table (table.cpp); training, checkpoints, resume,
// prediction and explanation know nothing more of it. The header is free of libtorch; forward passes are in
// sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "phreatic/learn/architectures/layout.hpp"
#include "phreatic/learn/settings.hpp"
#include "phreatic/model/differentiable.hpp"

namespace at {
class Tensor;
}

namespace phreatic::learn {

class Parameters;    // architectures/parameters_torch.hpp
struct ForwardCall;  // the same

// What the data fix about a network.
struct InputShape {
  std::size_t features = 0;          // inputs known in past and future
  std::size_t past_features = 0;     // past-only inputs, two channels each (value, whether it is seen)
  std::size_t statics = 0;           // S
  std::vector<std::size_t> outputs;  // per target: quantiles, or 1
  std::size_t steps = 0;             // of a training window
  std::size_t scored = 0;            // of which scored
  std::size_t channels() const { return features + 2 * past_features; }
  std::size_t heads() const { return std::accumulate(outputs.begin(), outputs.end(), std::size_t{0}); }
};
InputShape input_shape(const LearnParams& params, const SeriesSet& set);

// The members of an ensemble as an explainer wants them: output `head` at the last of `steps` steps.
struct GradientCall {
  std::span<const std::vector<float>> members;  // flat parameters; they must outlive the result
  std::size_t head = 0;
  std::size_t steps = 0;
  model::Target target;
};

class Architecture {
 public:
  Architecture() = default;
  virtual ~Architecture() = default;
  Architecture(const Architecture&) = delete;
  Architecture& operator=(const Architecture&) = delete;

  virtual ParameterLayout layout() const = 0;
  virtual std::vector<float> initial(const ParameterLayout& layout, std::uint64_t seed) const {
    return uniform_start(layout, seed);
  }
  // [B][outputs][heads], outputs and heads as the call says. Causal: an output does not depend on later
  // steps.
  virtual at::Tensor forward(const Parameters& parameters, const ForwardCall& call) const = 0;

  // Floats that a step of a row takes in a forward pass without gradients: bounds the batches of predictions.
  virtual std::size_t floats_per_step() const = 0;
  // Whether a state is carried from step to step, so that one window may be a whole series and windows of any
  // lengths stand in one batch. Else windows are those of training.
  virtual bool carries_state() const { return true; }
  // A faster way to the gradient than autograd, on the CPU; null: there is none.
  virtual std::unique_ptr<model::Differentiable> fast_gradient(const GradientCall& /*call*/) const {
    return nullptr;
  }
};

// A line of the table.
struct ArchitectureKind {
  std::string name;  // value of model.architecture
  std::function<std::unique_ptr<Architecture>(const ModelParams& params, const InputShape& shape)> make;
};
using ArchitectureTable = std::span<const ArchitectureKind>;

// Those of the house (architectures/table.cpp).
ArchitectureTable architectures();
std::vector<std::string> names_of(ArchitectureTable table);

// A kind with the settings and shapes that it is made from. `kind` must outlive the plan.
struct NetworkPlan {
  ModelParams model;
  InputShape inputs;
  const ArchitectureKind* kind = nullptr;
  std::unique_ptr<Architecture> make() const { return kind->make(model, inputs); }
};
// The settings must have been checked against the table's names.
NetworkPlan plan_network(const LearnParams& params, const SeriesSet& set, ArchitectureTable table);

}  // namespace phreatic::learn
