// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/relu.h>
#include <fmt/format.h>

#include "phreatic/learn/architectures/parameters_torch.hpp"
#include "phreatic/learn/architectures/recurrent/layer_torch.hpp"
#include "phreatic/learn/architectures/recurrent/recurrent.hpp"

namespace phreatic::learn {
namespace {

class Recurrent : public Architecture {
 public:
  Recurrent(const RecurrentShape& shape, std::size_t statics) : shape_(shape), statics_(statics) {
    const std::size_t layers = shape_.layers() + shape_.branch_layers() * shape_.outputs.size();
    for (std::size_t l = 0; l < layers; ++l) pools_.push_back(std::make_shared<WorkspacePool>());
  }

  ParameterLayout layout() const override { return recurrent_layout(shape_); }
  std::vector<float> initial(const ParameterLayout& layout, std::uint64_t seed) const override {
    return recurrent_start(shape_, layout, seed);
  }
  std::size_t floats_per_step() const override {
    const std::size_t layers = shape_.layers() + shape_.branch_layers() * shape_.outputs.size();
    return shape_.sequence_inputs() + shape_.recurrent_inputs() + layers * shape_.hidden();
  }
  at::Tensor forward(const Parameters& p, const ForwardCall& call) const override;
  std::unique_ptr<model::Differentiable> fast_gradient(const GradientCall& call) const override {
    if (shape_.model.cnn.channels > 0 || shape_.branch_layers() > 0 ||
        shape_.model.backend != RecurrentBackend::fused)
      return nullptr;
    return make_fused_differentiable(shape_, statics_, call);
  }

 private:
  bool fused(const Parameters& p) const {
    return p.device().is_cpu() && shape_.model.backend == RecurrentBackend::fused;
  }
  at::Tensor with_statics(const ForwardCall& call) const;
  at::Tensor convolve(const Parameters& p, const at::Tensor& x) const;
  at::Tensor recur(const Parameters& p, const ForwardCall& call, const at::Tensor& x) const;
  at::Tensor layer(const Parameters& p, const std::string& name, const at::Tensor& x, std::size_t pool,
                   const LayerCall& rest) const;
  at::Tensor head(const Parameters& p, const ForwardCall& call, const std::string& name, at::Tensor h) const;
  at::Tensor branch(const Parameters& p, const ForwardCall& call, std::size_t target,
                    const at::Tensor& shared) const;

  RecurrentShape shape_;
  std::size_t statics_;                                // of a row, used or not
  std::vector<std::shared_ptr<WorkspacePool>> pools_;  // one per recurrent layer, those of branches last
};

// Each step with the statics beside its channels, where they are repeated.
at::Tensor Recurrent::with_statics(const ForwardCall& call) const {
  if (!shape_.repeats_statics()) return call.x;
  return at::cat(
      {call.x, call.statics.unsqueeze(1).expand({call.x.size(0), call.x.size(1), call.statics.size(1)})}, 2);
}

at::Tensor Recurrent::convolve(const Parameters& p, const at::Tensor& x) const {
  at::Tensor y = x.transpose(1, 2);  // [B][C][T]
  for (int i = 0; i < shape_.model.cnn.layers; ++i) {
    y = at::constant_pad_nd(y, {shape_.model.cnn.kernel_size - 1, 0}, 0);
    y = at::relu(at::conv1d(y, p.at(fmt::format("cnn.{}.weight", i)), p.at(fmt::format("cnn.{}.bias", i))));
  }
  return y.transpose(1, 2).contiguous();
}

at::Tensor Recurrent::recur(const Parameters& p, const ForwardCall& given, const at::Tensor& x) const {
  const auto hidden = static_cast<std::int64_t>(shape_.hidden());
  at::Tensor states;  // [B][layers * states * H]
  if (shape_.sets_state()) states = at::linear(given.statics, p.at("state.weight"), p.at("state.bias"));
  at::Tensor h = x;
  for (std::size_t l = 0; l < shape_.layers(); ++l) {
    const bool last = l + 1 == shape_.layers() && shape_.branch_layers() == 0;
    LayerCall rest{.cell = shape_.model.cell};
    rest.first_step = last ? x.size(1) - given.outputs : 0;
    if (states.defined()) {
      const auto from = static_cast<std::int64_t>(l * shape_.states()) * hidden;
      rest.h0 = states.narrow(1, from, hidden);
      if (shape_.states() == 2) rest.c0 = states.narrow(1, from + hidden, hidden);
    }
    h = layer(p, fmt::format("rnn.{}", l), h, l, rest);
  }
  return h;
}

// The layer of that name over x; `rest` has its state and first step.
at::Tensor Recurrent::layer(const Parameters& p, const std::string& name, const at::Tensor& x,
                            std::size_t pool, const LayerCall& rest) const {
  LayerCall call = rest;
  call.x = x;
  call.weight_ih = p.at(name + ".weight_ih");
  call.weight_hh = p.at(name + ".weight_hh");
  call.bias_ih = p.at(name + ".bias_ih");
  call.bias_hh = p.at(name + ".bias_hh");
  return fused(p) ? fused_layer(call, pools_[pool]) : torch_layer(call);
}

at::Tensor Recurrent::head(const Parameters& p, const ForwardCall& call, const std::string& name,
                           at::Tensor h) const {
  if (call.dropout != nullptr) {
    const at::Tensor mask = call.dropout->mask(dropout_of(shape_.model), h.sizes().vec(), p.device());
    // In place where the recurrent layer does not need h again.
    if (mask.defined()) h = fused(p) ? h.mul_(mask) : h * mask;
  }
  return at::linear(h, p.at(name + ".weight"), p.at(name + ".bias"));
}

// The layers and the head of one target on what the shared layers put out.
at::Tensor Recurrent::branch(const Parameters& p, const ForwardCall& call, std::size_t target,
                             const at::Tensor& shared) const {
  at::Tensor h = shared;
  for (std::size_t l = 0; l < shape_.branch_layers(); ++l) {
    LayerCall rest{.cell = shape_.model.cell};
    if (l + 1 == shape_.branch_layers()) rest.first_step = shared.size(1) - call.outputs;
    const std::size_t pool = shape_.layers() + target * shape_.branch_layers() + l;
    h = layer(p, branch_layer(target, l), h, pool, rest);
  }
  return head(p, call, fmt::format("branch.{}.head", target), h);
}

at::Tensor Recurrent::forward(const Parameters& p, const ForwardCall& call) const {
  at::Tensor x = with_statics(call);
  if (shape_.model.cnn.channels > 0) x = convolve(p, x);
  const at::Tensor h = recur(p, call, x);
  if (shape_.branch_layers() == 0) return head(p, call, "head", h);
  std::vector<at::Tensor> outputs;
  for (std::size_t k = 0; k < shape_.outputs.size(); ++k) outputs.push_back(branch(p, call, k, h));
  return outputs.size() == 1 ? outputs.front() : at::cat(outputs, 2);
}

}  // namespace

std::unique_ptr<Architecture> make_recurrent(const ModelParams& params, const InputShape& inputs) {
  return std::make_unique<Recurrent>(recurrent_shape(params, inputs), inputs.statics);
}

}  // namespace phreatic::learn
