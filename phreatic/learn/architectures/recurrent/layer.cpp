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

at::Tensor run_forward(const KernelCall& call, std::int64_t first_step, const at::Tensor& like,
                       kernels::Workspace* workspace) {
  at::Tensor h =
      at::empty({like.size(0), like.size(1) - first_step, static_cast<std::int64_t>(call.shape.hidden)},
                like.options());
  kernels::forward(call.shape, call.weights, call.input, call.initial,
                   {.h = h.data_ptr<float>(), .first_step = static_cast<std::size_t>(first_step)}, workspace);
  return h;
}

// The whole sequence is one node: forward keeps the gates in a workspace, backward makes every gradient.
struct FusedNode : torch::autograd::Function<FusedNode> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x,
                            const at::Tensor& w_ih, const at::Tensor& w_hh, const at::Tensor& b_ih,
                            const at::Tensor& b_hh, const at::Tensor& h0, const at::Tensor& c0,
                            std::int64_t cell, std::int64_t first_step,
                            const c10::intrusive_ptr<HeldWorkspace>& held) {
    const KernelCall call = kernel_call(static_cast<CellKind>(cell), x, {w_ih, w_hh, b_ih, b_hh}, h0, c0);
    at::Tensor h = run_forward(call, first_step, x, held->workspace.get());
    ctx->save_for_backward({x, w_ih, w_hh, b_ih, b_hh, h0, c0});
    ctx->saved_data["cell"] = cell;
    ctx->saved_data["first_step"] = first_step;
    ctx->saved_data["workspace"] = c10::IValue::make_capsule(held);
    return h;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = ctx->get_saved_variables();
    const at::Tensor& x = saved[0];
    const auto cell = static_cast<CellKind>(ctx->saved_data["cell"].toInt());
    const KernelCall call =
        kernel_call(cell, x, {saved[1], saved[2], saved[3], saved[4]}, saved[5], saved[6]);
    const at::Tensor dh = gradients[0].contiguous();
    torch::autograd::variable_list out(10);
    const bool weights = ctx->needs_input_grad(1) || ctx->needs_input_grad(2);
    for (std::size_t i = 0; i < 7; ++i) {
      const bool wanted = i >= 1 && i <= 4 ? weights : ctx->needs_input_grad(i);
      if (wanted && saved[i].numel() > 0) out[i] = at::empty(saved[i].sizes(), saved[i].options());
    }
    const auto capsule = ctx->saved_data["workspace"].toCapsule();
    const auto* held = static_cast<const HeldWorkspace*>(capsule.get());
    kernels::backward(call.shape, call.weights, call.input,
                      {.dh = dh.const_data_ptr<float>(),
                       .first_step = static_cast<std::size_t>(ctx->saved_data["first_step"].toInt())},
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

at::Tensor fused_layer(const LayerCall& call, const std::shared_ptr<WorkspacePool>& pool) {
  PHREATIC_ASSERT(call.x.is_cpu());
  const at::Tensor x = call.x.contiguous();
  const at::Tensor h0 = contiguous_or_empty(call.h0, x);
  const at::Tensor c0 = contiguous_or_empty(call.c0, x);
  if (!c10::GradMode::is_enabled()) {
    const KernelCall kernel =
        kernel_call(call.cell, x, {call.weight_ih, call.weight_hh, call.bias_ih, call.bias_hh}, h0, c0);
    return run_forward(kernel, call.first_step, x, nullptr);
  }
  return FusedNode::apply(x, call.weight_ih, call.weight_hh, call.bias_ih, call.bias_hh, h0, c0,
                          static_cast<std::int64_t>(call.cell), call.first_step,
                          c10::make_intrusive<HeldWorkspace>(pool));
}

at::Tensor torch_layer(const LayerCall& call) {
  const std::int64_t batch = call.x.size(0);
  const std::int64_t hidden = call.weight_hh.size(1);
  const auto state = [&](const at::Tensor& given) {
    return given.defined() ? given.unsqueeze(0).contiguous()
                           : at::zeros({1, batch, hidden}, call.x.options());
  };
  const std::vector<at::Tensor> weights = {call.weight_ih, call.weight_hh, call.bias_ih, call.bias_hh};
  at::Tensor h;
  if (call.cell == CellKind::lstm) {
    h = std::get<0>(
        at::lstm(call.x, {state(call.h0), state(call.c0)}, weights, true, 1, 0.0, true, false, true));
  } else {
    h = std::get<0>(at::gru(call.x, state(call.h0), weights, true, 1, 0.0, true, false, true));
  }
  return h.narrow(1, call.first_step, h.size(1) - call.first_step);
}

}  // namespace phreatic::learn
