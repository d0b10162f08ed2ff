// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gru.h>
#include <ATen/ops/lstm.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <tuple>
#include <utility>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/architectures/recurrent/layer_torch.hpp"

namespace phreatic::learn {

std::unique_ptr<kernels::Workspace> WorkspacePool::take() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) return std::make_unique<kernels::Workspace>();
  std::unique_ptr<kernels::Workspace> workspace = std::move(free_.back());
  free_.pop_back();
  return workspace;
}

void WorkspacePool::give_back(std::unique_ptr<kernels::Workspace> workspace) {
  const std::lock_guard lock(mutex_);
  free_.push_back(std::move(workspace));
}

namespace {

// Holds a workspace while its node of the graph lives.
struct HeldWorkspace : torch::CustomClassHolder {
  explicit HeldWorkspace(std::shared_ptr<WorkspacePool> from)
      : pool(std::move(from)), workspace(pool->take()) {}
  ~HeldWorkspace() override { pool->give_back(std::move(workspace)); }
  HeldWorkspace(const HeldWorkspace&) = delete;
  HeldWorkspace& operator=(const HeldWorkspace&) = delete;
  std::shared_ptr<WorkspacePool> pool;
  std::unique_ptr<kernels::Workspace> workspace;
};

const float* data_or_null(const at::Tensor& t) {
  return t.defined() && t.numel() > 0 ? t.const_data_ptr<float>() : nullptr;
}

float* out_or_null(const at::Tensor& t) { return t.defined() ? t.data_ptr<float>() : nullptr; }

// What the kernel needs of a call; the tensors must be contiguous and outlive it.
struct KernelCall {
  kernels::Shape shape;
  kernels::Weights weights;
  kernels::Input input;
  kernels::State initial;
};

KernelCall kernel_call(CellKind cell, const at::Tensor& x, const std::vector<at::Tensor>& w,
                       const at::Tensor& h0, const at::Tensor& c0) {
  KernelCall call;
  call.shape = {.cell = kernel_cell(cell),
                .batch = static_cast<std::size_t>(x.size(0)),
                .steps = static_cast<std::size_t>(x.size(1)),
                .inputs = static_cast<std::size_t>(x.size(2)),
                .hidden = static_cast<std::size_t>(w[1].size(1))};
  call.weights = {.weight_ih = data_or_null(w[0]),
                  .weight_hh = data_or_null(w[1]),
                  .bias_ih = data_or_null(w[2]),
                  .bias_hh = data_or_null(w[3])};
  call.input.base = x.const_data_ptr<float>();
  call.initial = {.h = data_or_null(h0), .c = data_or_null(c0)};
  return call;
}

// h and, where wanted, the LSTM's c after the last step.
torch::autograd::variable_list run_forward(const KernelCall& call, std::int64_t first_step, bool last_c,
                                           const at::Tensor& like, kernels::Workspace* workspace) {
  at::Tensor h =
      at::empty({like.size(0), like.size(1) - first_step, static_cast<std::int64_t>(call.shape.hidden)},
                like.options());
  torch::autograd::variable_list out = {h};
  if (last_c)
    out.push_back(at::empty({like.size(0), static_cast<std::int64_t>(call.shape.hidden)}, like.options()));
  kernels::forward(call.shape, call.weights, call.input, call.initial,
                   {.h = h.data_ptr<float>(),
                    .first_step = static_cast<std::size_t>(first_step),
                    .c_last = last_c ? out[1].data_ptr<float>() : nullptr},
                   workspace);
  return out;
}

// The whole sequence is one node: forward keeps the gates in a workspace, backward makes every gradient.
struct FusedNode : torch::autograd::Function<FusedNode> {
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x,
                                                const at::Tensor& w_ih, const at::Tensor& w_hh,
                                                const at::Tensor& b_ih, const at::Tensor& b_hh,
                                                const at::Tensor& h0, const at::Tensor& c0, std::int64_t cell,
                                                std::int64_t first_step, bool last_c,
                                                const c10::intrusive_ptr<HeldWorkspace>& held) {
    const KernelCall call = kernel_call(static_cast<CellKind>(cell), x, {w_ih, w_hh, b_ih, b_hh}, h0, c0);
    torch::autograd::variable_list out = run_forward(call, first_step, last_c, x, held->workspace.get());
    ctx->save_for_backward({x, w_ih, w_hh, b_ih, b_hh, h0, c0});
    ctx->saved_data["cell"] = cell;
    ctx->saved_data["first_step"] = first_step;
    ctx->saved_data["workspace"] = c10::IValue::make_capsule(held);
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = ctx->get_saved_variables();
    const at::Tensor& x = saved[0];
    const auto cell = static_cast<CellKind>(ctx->saved_data["cell"].toInt());
    const KernelCall call =
        kernel_call(cell, x, {saved[1], saved[2], saved[3], saved[4]}, saved[5], saved[6]);
    const at::Tensor dh = gradients[0].contiguous();
    const at::Tensor dc =
        gradients.size() > 1 && gradients[1].defined() ? gradients[1].contiguous() : at::Tensor();
    torch::autograd::variable_list out(11);
    const bool weights = ctx->needs_input_grad(1) || ctx->needs_input_grad(2);
    for (std::size_t i = 0; i < 7; ++i) {
      const bool wanted = i >= 1 && i <= 4 ? weights : ctx->needs_input_grad(i);
      if (wanted && saved[i].numel() > 0) out[i] = at::empty(saved[i].sizes(), saved[i].options());
    }
    const auto capsule = ctx->saved_data["workspace"].toCapsule();
    const auto* held = static_cast<const HeldWorkspace*>(capsule.get());
    kernels::backward(call.shape, call.weights, call.input,
                      {.dh = dh.const_data_ptr<float>(),
                       .first_step = static_cast<std::size_t>(ctx->saved_data["first_step"].toInt()),
                       .dc_last = data_or_null(dc)},
                      *held->workspace,
                      {.dweight_ih = out_or_null(out[1]),
                       .dweight_hh = out_or_null(out[2]),
                       .dbias_ih = out_or_null(out[3]),
                       .dbias_hh = out_or_null(out[4]),
                       .dx = out_or_null(out[0]),
                       .dh0 = out_or_null(out[5]),
                       .dc0 = out_or_null(out[6])});
    return out;
  }
};

at::Tensor contiguous_or_empty(const at::Tensor& t, const at::Tensor& like) {
  return t.defined() ? t.contiguous() : at::empty({0}, like.options());
}

}  // namespace

kernels::Cell kernel_cell(CellKind cell) {
  return cell == CellKind::lstm ? kernels::Cell::lstm : kernels::Cell::gru;
}

namespace {

torch::autograd::variable_list fused(const LayerCall& call, bool last_c,
                                     const std::shared_ptr<WorkspacePool>& pool) {
  PHREATIC_ASSERT(call.x.is_cpu());
  const at::Tensor x = call.x.contiguous();
  const at::Tensor h0 = contiguous_or_empty(call.h0, x);
  const at::Tensor c0 = contiguous_or_empty(call.c0, x);
  if (!c10::GradMode::is_enabled()) {
    const KernelCall kernel =
        kernel_call(call.cell, x, {call.weight_ih, call.weight_hh, call.bias_ih, call.bias_hh}, h0, c0);
    return run_forward(kernel, call.first_step, last_c, x, nullptr);
  }
  return FusedNode::apply(x, call.weight_ih, call.weight_hh, call.bias_ih, call.bias_hh, h0, c0,
                          static_cast<std::int64_t>(call.cell), call.first_step, last_c,
                          c10::make_intrusive<HeldWorkspace>(pool));
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> torch_lstm(const LayerCall& call, const at::Tensor& h0,
                                                          const at::Tensor& c0) {
  const std::vector<at::Tensor> weights = {call.weight_ih, call.weight_hh, call.bias_ih, call.bias_hh};
  return at::lstm(call.x, {h0, c0}, weights, true, 1, 0.0, true, false, true);
}

at::Tensor state_or_zeros(const LayerCall& call, const at::Tensor& given) {
  return given.defined() ? given.unsqueeze(0).contiguous()
                         : at::zeros({1, call.x.size(0), call.weight_hh.size(1)}, call.x.options());
}

}  // namespace

at::Tensor fused_layer(const LayerCall& call, const std::shared_ptr<WorkspacePool>& pool) {
  return fused(call, false, pool)[0];
}

LstmResult fused_lstm(const LayerCall& call, const std::shared_ptr<WorkspacePool>& pool) {
  PHREATIC_ASSERT(call.cell == CellKind::lstm && call.first_step == 0);
  torch::autograd::variable_list out = fused(call, true, pool);
  return {out[0], out[0].select(1, out[0].size(1) - 1), out[1]};
}

at::Tensor torch_layer(const LayerCall& call) {
  at::Tensor h;
  if (call.cell == CellKind::lstm) {
    h = std::get<0>(torch_lstm(call, state_or_zeros(call, call.h0), state_or_zeros(call, call.c0)));
  } else {
    const std::vector<at::Tensor> weights = {call.weight_ih, call.weight_hh, call.bias_ih, call.bias_hh};
    h = std::get<0>(at::gru(call.x, state_or_zeros(call, call.h0), weights, true, 1, 0.0, true, false, true));
  }
  return h.narrow(1, call.first_step, h.size(1) - call.first_step);
}

LstmResult torch_lstm(const LayerCall& call) {
  PHREATIC_ASSERT(call.cell == CellKind::lstm && call.first_step == 0);
  auto [out, h, c] = torch_lstm(call, state_or_zeros(call, call.h0), state_or_zeros(call, call.c0));
  return {out, h.squeeze(0), c.squeeze(0)};
}

}  // namespace phreatic::learn
