// SPDX-License-Identifier: BSD-3-Clause
// The gradient of a network's output at the last step with respect to its inputs, without autograd: the fused
// kernel forward, the head's weights as gradient of the last hidden state, the kernel backward without weight
// gradients. An ensemble is the mean over its members.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/learn/architectures/recurrent/recurrent.hpp"
#include "phreatic/learn/kernels/recurrent/recurrent.hpp"

namespace phreatic::learn {
namespace {

constexpr std::size_t kChunkFloats = std::size_t{1} << 25;  // kept for backward at a time: 128 MiB

class FusedDifferentiable : public model::Differentiable {
 public:
  FusedDifferentiable(const RecurrentShape& network, std::size_t statics, const GradientCall& call)
      : network_(network),
        layout_(recurrent_layout(network)),
        weights_(call.members),
        target_(call.target),
        statics_(statics),
        head_(call.head),
        lags_(call.steps),
        workspaces_(network.layers()),
        hidden_(network.layers()) {}

  model::Shape shape() const override { return {lags_, network_.channels, statics_}; }
  model::Target target() const override { return target_; }
  std::size_t members() const override { return weights_.size(); }

  void value_and_gradient(std::size_t batch, const float* inputs, const float* statics, float* values,
                          float* gradients) override {
    run({0, members()}, batch, inputs, statics, values, gradients);
  }
  void value(std::size_t batch, const float* inputs, const float* statics, float* values) override {
    run({0, members()}, batch, inputs, statics, values, nullptr);
  }
  void member_value(std::size_t member, std::size_t batch, const float* inputs, const float* statics,
                    float* values) override {
    run({member, member + 1}, batch, inputs, statics, values, nullptr);
  }
  void member_value_and_gradient(std::size_t member, std::size_t batch, const float* inputs,
                                 const float* statics, float* values, float* gradients) override {
    run({member, member + 1}, batch, inputs, statics, values, gradients);
  }

 private:
  // Members [begin, end), whose mean is taken.
  struct MemberRange {
    std::size_t begin = 0, end = 0;
  };

  void run(MemberRange members, std::size_t batch, const float* inputs, const float* statics, float* values,
           float* gradients) {
    const std::size_t per_window = lags_ * network_.layers() * 6 * network_.hidden();
    const std::size_t rows = std::clamp<std::size_t>(kChunkFloats / per_window, 64, 1024);
    for (std::size_t from = 0; from < batch; from += rows) {
      const std::size_t n = std::min(rows, batch - from);
      const float* s = statics == nullptr ? nullptr : statics + from * statics_;
      float* g = gradients == nullptr ? nullptr : gradients + from * lags_ * network_.channels;
      chunk(members, n, inputs + from * lags_ * network_.channels, s, values + from, g);
    }
  }

  const float* weight(std::size_t member, const std::string& name) const {
    return weights_[member].data() + layout_.at(name).offset;
  }

  // Mean over the members for n windows; gradients may be null.
  void chunk(MemberRange members, std::size_t n, const float* inputs, const float* statics, float* values,
             float* gradients) {
    const float* x = sequence(n, inputs, statics);
    std::fill_n(values, n, 0.0F);
    if (gradients != nullptr) std::fill_n(gradients, n * lags_ * network_.channels, 0.0F);
    const auto share = 1.0F / static_cast<float>(members.end - members.begin);
    for (std::size_t m = members.begin; m < members.end; ++m) {
      initial_states(m, n, statics);
      forward(m, n, x, gradients != nullptr);
      add_head(m, n, share, values);
      if (gradients == nullptr) continue;
      const float* dx = backward(m, n, x);
      add_gradients(n, share, dx, gradients);
    }
  }

  // Inputs with the statics beside each step, or the inputs themselves.
  const float* sequence(std::size_t n, const float* inputs, const float* statics) {
    if (!network_.repeats_statics()) return inputs;
    PHREATIC_ASSERT(statics != nullptr);
    const std::size_t width = network_.sequence_inputs();
    const std::size_t own = network_.channels;
    sequence_.resize(n * lags_ * width);
    core::parallel_for(n, [&](std::size_t b) {
      float* out = sequence_.data() + b * lags_ * width;
      for (std::size_t t = 0; t < lags_; ++t) {
        out = std::copy_n(inputs + (b * lags_ + t) * own, own, out);
        out = std::copy_n(statics + b * statics_, statics_, out);
      }
    });
    return sequence_.data();
  }

  // states_ [layer][h, c][n][H] = W statics + b.
  void initial_states(std::size_t member, std::size_t n, const float* statics) {
    if (!network_.sets_state()) return;
    PHREATIC_ASSERT(statics != nullptr);
    const std::size_t hidden = network_.hidden();
    const std::size_t rows = network_.layers() * network_.states() * hidden;
    const float* w = weight(member, "state.weight");
    const float* bias = weight(member, "state.bias");
    states_.resize(rows * n);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t b = 0; b < n; ++b) {
        float sum = bias[r];
        for (std::size_t k = 0; k < statics_; ++k) sum += w[r * statics_ + k] * statics[b * statics_ + k];
        states_[(r / hidden * n + b) * hidden + r % hidden] = sum;
      }
    }
  }

  kernels::State state_of(std::size_t layer, std::size_t n) const {
    if (!network_.sets_state()) return {};
    const float* h = states_.data() + layer * network_.states() * n * network_.hidden();
    return {.h = h, .c = network_.states() == 2 ? h + n * network_.hidden() : nullptr};
  }

  kernels::Shape layer_shape(std::size_t layer, std::size_t n) const {
    return {.cell = network_.model.cell == CellKind::lstm ? kernels::Cell::lstm : kernels::Cell::gru,
            .batch = n,
            .steps = lags_,
            .inputs = layer == 0 ? network_.sequence_inputs() : network_.hidden(),
            .hidden = network_.hidden()};
  }

  kernels::Weights layer_weights(std::size_t member, std::size_t layer) const {
    const std::string prefix = fmt::format("rnn.{}.", layer);
    return {.weight_ih = weight(member, prefix + "weight_ih"),
            .weight_hh = weight(member, prefix + "weight_hh"),
            .bias_ih = weight(member, prefix + "bias_ih"),
            .bias_hh = weight(member, prefix + "bias_hh")};
  }

  // hidden_[layer]: all steps, or the last step only of the last layer.
  void forward(std::size_t member, std::size_t n, const float* x, bool keep) {
    for (std::size_t l = 0; l < network_.layers(); ++l) {
      const std::size_t first = l + 1 == network_.layers() ? lags_ - 1 : 0;
      hidden_[l].resize(n * (lags_ - first) * network_.hidden());
      const kernels::Input input{.base = l == 0 ? x : hidden_[l - 1].data()};
      kernels::forward(layer_shape(l, n), layer_weights(member, l), input, state_of(l, n),
                       {.h = hidden_[l].data(), .first_step = first}, keep ? &workspaces_[l] : nullptr);
    }
  }

  void add_head(std::size_t member, std::size_t n, float share, float* values) const {
    const std::size_t hidden = network_.hidden();
    const float* w = weight(member, "head.weight") + head_ * hidden;
    const float bias = weight(member, "head.bias")[head_];
    for (std::size_t b = 0; b < n; ++b) {
      const float* h = hidden_.back().data() + b * hidden;
      float sum = bias;
      for (std::size_t k = 0; k < hidden; ++k) sum += w[k] * h[k];
      values[b] += share * sum;
    }
  }

  const float* backward(std::size_t member, std::size_t n, const float* x) {
    const std::size_t hidden = network_.hidden();
    const float* w = weight(member, "head.weight") + head_ * hidden;
    upper_.resize(n * hidden);
    for (std::size_t b = 0; b < n; ++b) std::copy_n(w, hidden, upper_.data() + b * hidden);
    std::size_t first = lags_ - 1;
    for (std::size_t l = network_.layers(); l-- > 0;) {
      const kernels::Shape layer = layer_shape(l, n);
      lower_.resize(n * lags_ * layer.inputs);
      const kernels::Input input{.base = l == 0 ? x : hidden_[l - 1].data()};
      kernels::backward(layer, layer_weights(member, l), input, {.dh = upper_.data(), .first_step = first},
                        workspaces_[l], {.dx = lower_.data()});
      std::swap(upper_, lower_);
      first = 0;
    }
    return upper_.data();
  }

  // Adds the members' share, leaving out the columns of repeated statics.
  void add_gradients(std::size_t n, float share, const float* dx, float* gradients) const {
    const std::size_t width = network_.sequence_inputs();
    const std::size_t own = network_.channels;
    core::parallel_for(n, [&](std::size_t b) {
      for (std::size_t t = 0; t < lags_; ++t) {
        const float* from = dx + (b * lags_ + t) * width;
        float* to = gradients + (b * lags_ + t) * own;
        for (std::size_t k = 0; k < own; ++k) to[k] += share * from[k];
      }
    });
  }

  RecurrentShape network_;
  ParameterLayout layout_;
  std::span<const std::vector<float>> weights_;
  model::Target target_;
  std::size_t statics_;
  std::size_t head_;
  std::size_t lags_;
  std::vector<kernels::Workspace> workspaces_;
  std::vector<std::vector<float>> hidden_;
  std::vector<float> sequence_;
  std::vector<float> states_;
  std::vector<float> upper_;
  std::vector<float> lower_;
};

}  // namespace

std::unique_ptr<model::Differentiable> make_fused_differentiable(const RecurrentShape& shape,
                                                                 std::size_t statics,
                                                                 const GradientCall& call) {
  return std::make_unique<FusedDifferentiable>(shape, statics, call);
}

}  // namespace phreatic::learn
