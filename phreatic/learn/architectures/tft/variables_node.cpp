// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>
#include <bit>
#include <vector>

#include "phreatic/learn/architectures/tft/variables_torch.hpp"
#include "phreatic/learn/kernels/variables.hpp"

namespace phreatic::learn::tft {
namespace {

// In the order of the tensors of VariableTensors.
enum Slot : std::size_t {
  kX,
  kWeights,
  kFirst,
  kFirstBias,
  kOwn,
  kOwnBias,
  kSecond,
  kSecondBias,
  kGate,
  kGateBias,
  kScale,
  kShift,
  kSlots
};
using Tensors = std::array<at::Tensor, kSlots>;

const float* data_or_null(const at::Tensor& t) { return t.numel() > 0 ? t.const_data_ptr<float>() : nullptr; }
float* out_or_null(const at::Tensor& t) { return t.defined() ? t.data_ptr<float>() : nullptr; }

kernels::VariableNetworks kernel_call(const Tensors& t, std::int64_t single, double dropout,
                                      std::uint64_t key) {
  return {.rows = static_cast<std::size_t>(t[kX].size(0)),
          .variables = static_cast<std::size_t>(t[kWeights].size(1)),
          .single = static_cast<std::size_t>(single),
          .width = static_cast<std::size_t>(t[kOwn].size(1)),
          .x = data_or_null(t[kX]),
          .weights = data_or_null(t[kWeights]),
          .first = data_or_null(t[kFirst]),
          .first_bias = data_or_null(t[kFirstBias]),
          .own = data_or_null(t[kOwn]),
          .own_bias = data_or_null(t[kOwnBias]),
          .second = data_or_null(t[kSecond]),
          .second_bias = data_or_null(t[kSecondBias]),
          .gate = data_or_null(t[kGate]),
          .gate_bias = data_or_null(t[kGateBias]),
          .scale = data_or_null(t[kScale]),
          .shift = data_or_null(t[kShift]),
          .dropout = dropout,
          .key = key};
}

at::Tensor run_forward(const kernels::VariableNetworks& call, const at::Tensor& like) {
  at::Tensor out = at::empty({like.size(0), static_cast<std::int64_t>(call.width)}, like.options());
  kernels::variables_forward(call, out.data_ptr<float>());
  return out;
}

struct VariablesNode : torch::autograd::Function<VariablesNode> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x,
                            const at::Tensor& weights, const at::Tensor& first, const at::Tensor& first_bias,
                            const at::Tensor& own, const at::Tensor& own_bias, const at::Tensor& second,
                            const at::Tensor& second_bias, const at::Tensor& gate,
                            const at::Tensor& gate_bias, const at::Tensor& scale, const at::Tensor& shift,
                            std::int64_t single, double dropout, std::int64_t key) {
    const Tensors t = {x,      weights,     first, first_bias, own,   own_bias,
                       second, second_bias, gate,  gate_bias,  scale, shift};
    ctx->save_for_backward({t.begin(), t.end()});
    ctx->saved_data["single"] = single;
    ctx->saved_data["dropout"] = dropout;
    ctx->saved_data["key"] = key;
    return run_forward(kernel_call(t, single, dropout, std::bit_cast<std::uint64_t>(key)), x);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = ctx->get_saved_variables();
    Tensors t;
    std::copy(saved.begin(), saved.end(), t.begin());
    torch::autograd::variable_list out(kSlots + 3);
    bool parameters = false;
    for (std::size_t i = kFirst; i < kSlots; ++i) parameters = parameters || ctx->needs_input_grad(i);
    for (std::size_t i = 0; i < kSlots; ++i) {
      const bool wanted = i == kX ? ctx->needs_input_grad(kX) : i == kWeights || parameters;
      if (wanted && t[i].numel() > 0) out[i] = at::empty(t[i].sizes(), t[i].options());
    }
    const kernels::VariableNetworks call =
        kernel_call(t, ctx->saved_data["single"].toInt(), ctx->saved_data["dropout"].toDouble(),
                    std::bit_cast<std::uint64_t>(ctx->saved_data["key"].toInt()));
    const at::Tensor down = gradients[0].contiguous();
    kernels::variables_backward(call, down.const_data_ptr<float>(),
                                {.x = out_or_null(out[kX]),
                                 .weights = out_or_null(out[kWeights]),
                                 .first = out_or_null(out[kFirst]),
                                 .first_bias = out_or_null(out[kFirstBias]),
                                 .own = out_or_null(out[kOwn]),
                                 .own_bias = out_or_null(out[kOwnBias]),
                                 .second = out_or_null(out[kSecond]),
                                 .second_bias = out_or_null(out[kSecondBias]),
                                 .gate = out_or_null(out[kGate]),
                                 .gate_bias = out_or_null(out[kGateBias]),
                                 .scale = out_or_null(out[kScale]),
                                 .shift = out_or_null(out[kShift])});
    return out;
  }
};

kernels::RowsLinear linear_call(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return {.rows = static_cast<std::size_t>(x.numel() / x.size(-1)),
          .inputs = static_cast<std::size_t>(weight.size(1)),
          .outputs = static_cast<std::size_t>(weight.size(0)),
          .x = x.const_data_ptr<float>(),
          .weight = weight.const_data_ptr<float>(),
          .bias = data_or_null(bias)};
}

at::Tensor linear_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  std::vector<std::int64_t> sizes = x.sizes().vec();
  sizes.back() = weight.size(0);
  at::Tensor y = at::empty(sizes, x.options());
  kernels::rows_linear_forward(linear_call(x, weight, bias), y.data_ptr<float>());
  return y;
}

struct LinearNode : torch::autograd::Function<LinearNode> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x,
                            const at::Tensor& weight, const at::Tensor& bias) {
    ctx->save_for_backward({x, weight, bias});
    return linear_forward(x, weight, bias);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = ctx->get_saved_variables();
    torch::autograd::variable_list out(3);
    const bool parameters = ctx->needs_input_grad(1) || ctx->needs_input_grad(2);
    for (std::size_t i = 0; i < 3; ++i) {
      const bool wanted = i == 0 ? ctx->needs_input_grad(0) : parameters;
      if (wanted && saved[i].numel() > 0) out[i] = at::empty(saved[i].sizes(), saved[i].options());
    }
    const at::Tensor dy = gradients[0].contiguous();
    kernels::rows_linear_backward(
        linear_call(saved[0], saved[1], saved[2]), dy.const_data_ptr<float>(),
        {.x = out_or_null(out[0]), .weight = out_or_null(out[1]), .bias = out_or_null(out[2])});
    return out;
  }
};

at::Tensor contiguous_or_empty(const at::Tensor& t, const at::Tensor& like) {
  return t.defined() ? t.contiguous() : at::empty({0}, like.options());
}

}  // namespace

at::Tensor rows_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const at::Tensor rows = x.contiguous();
  const at::Tensor w = weight.contiguous();
  const at::Tensor b = contiguous_or_empty(bias, x);
  if (!c10::GradMode::is_enabled()) return linear_forward(rows, w, b);
  return LinearNode::apply(rows, w, b);
}

at::Tensor weighted_variables(const VariableTensors& given, std::int64_t single, double dropout,
                              std::uint64_t key) {
  const at::Tensor& x = given.x;
  const Tensors t = {contiguous_or_empty(x, x),
                     contiguous_or_empty(given.weights, x),
                     contiguous_or_empty(given.first, x),
                     contiguous_or_empty(given.first_bias, x),
                     contiguous_or_empty(given.own, x),
                     contiguous_or_empty(given.own_bias, x),
                     contiguous_or_empty(given.second, x),
                     contiguous_or_empty(given.second_bias, x),
                     contiguous_or_empty(given.gate, x),
                     contiguous_or_empty(given.gate_bias, x),
                     contiguous_or_empty(given.scale, x),
                     contiguous_or_empty(given.shift, x)};
  if (!c10::GradMode::is_enabled()) return run_forward(kernel_call(t, single, dropout, key), x);
  return VariablesNode::apply(t[kX], t[kWeights], t[kFirst], t[kFirstBias], t[kOwn], t[kOwnBias], t[kSecond],
                              t[kSecondBias], t[kGate], t[kGateBias], t[kScale], t[kShift], single, dropout,
                              std::bit_cast<std::int64_t>(key));
}

}  // namespace phreatic::learn::tft
