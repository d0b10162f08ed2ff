// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/learn/architectures/recurrent/network_torch.hpp"

namespace phreatic::learn {
namespace {

constexpr std::size_t kBatchFloats = std::size_t{1} << 24;  // of one prediction batch: 64 MiB
constexpr std::size_t kBatchRows = 1024;

std::vector<std::int64_t> sizes_of(const Parameter& p) { return {p.shape.begin(), p.shape.end()}; }

// Every update asks for the same large arrays again: let the heap keep their pages instead of handing them
// back to the system, which costs a tenth of an update in page faults.
void keep_heap_pages() {
#ifdef __GLIBC__
  static const bool once = [] {
    ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
    ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
    return true;
  }();
  static_cast<void>(once);
#endif
}

// Longest first, so that a batch holds windows of nearly the same length.
std::vector<std::size_t> by_length(std::span<const Window> windows) {
  std::vector<std::size_t> order(windows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return windows[a].length > windows[b].length; });
  return order;
}

// How many windows from `from` on go into one batch: at most a quarter of its steps are padding.
std::size_t batch_end(std::span<const Window> windows, std::span<const std::size_t> order, std::size_t from,
                      std::size_t floats_per_step) {
  const std::size_t longest = windows[order[from]].length;
  const std::size_t rows = std::clamp<std::size_t>(kBatchFloats / (longest * floats_per_step), 1, kBatchRows);
  std::size_t to = from + 1;
  while (to < order.size() && to - from < rows && 4 * windows[order[to]].length >= 3 * longest) ++to;
  return to;
}

}  // namespace

void prepare_torch(DeviceKind device) {
  keep_heap_pages();
  at::set_num_threads(1);
  if (device == DeviceKind::cuda) {
    if (!at::globalContext().hasCUDA())
      throw core::InputError({.where = "training.device",
                              .what = "cuda is asked for, but libtorch finds no CUDA device",
                              .allowed = "cpu on this machine",
                              .mend = "install the CUDA build of torch 2.13.0, or choose cpu"});
    return;
  }
  at::globalContext().setDeterministicAlgorithms(true, false);
  at::globalContext().setDeterministicFillUninitializedMemory(false);
}

at::Device torch_device(DeviceKind device) {
  return at::Device(device == DeviceKind::cuda ? at::DeviceType::CUDA : at::DeviceType::CPU);
}

at::Tensor tensor_of(std::vector<float>& values, const std::vector<std::int64_t>& shape,
                     const at::Device& device) {
  at::Tensor t = at::from_blob(values.data(), shape, at::TensorOptions().dtype(at::kFloat));
  return device.is_cpu() ? t : t.to(device);
}

Network::Network(const NetworkShape& shape, const std::vector<float>& flat, DeviceKind device, bool trainable)
    : shape_(shape), layout_(make_layout(shape)) {
  PHREATIC_ASSERT(flat.size() == layout_.size);
  std::vector<float> copy = flat;
  flat_ = tensor_of(copy, {static_cast<std::int64_t>(flat.size())}, at::Device(at::kCPU)).clone();
  flat_ = flat_.to(torch_device(device));
  if (trainable) gradient_ = at::zeros_like(flat_);
  for (const Parameter& p : layout_.parameters) {
    const auto from = static_cast<std::int64_t>(p.offset);
    const auto count = static_cast<std::int64_t>(p.count);
    at::Tensor view = flat_.narrow(0, from, count).view(sizes_of(p)).detach();
    if (trainable) {
      view.set_requires_grad(true);
      view.mutable_grad() = gradient_.narrow(0, from, count).view(sizes_of(p));
    }
    parameters_.emplace(p.name, std::move(view));
  }
  for (std::size_t l = 0; l < shape_.layers(); ++l) pools_.push_back(std::make_shared<WorkspacePool>());
}

std::vector<float> Network::values() const {
  const at::Tensor cpu = flat_.to(at::kCPU).contiguous();
  const auto* data = cpu.const_data_ptr<float>();
  return {data, data + cpu.numel()};
}

at::Tensor Network::convolve(const at::Tensor& x) const {
  at::Tensor y = x.transpose(1, 2);  // [B][C][T]
  for (int i = 0; i < shape_.model.cnn.layers; ++i) {
    y = at::constant_pad_nd(y, {shape_.model.cnn.kernel_size - 1, 0}, 0);
    y = at::relu(at::conv1d(y, at(fmt::format("cnn.{}.weight", i)), at(fmt::format("cnn.{}.bias", i))));
  }
  return y.transpose(1, 2).contiguous();
}

at::Tensor Network::recur(const at::Tensor& x, const at::Tensor& statics, std::int64_t scored) const {
  const auto hidden = static_cast<std::int64_t>(shape_.hidden());
  at::Tensor states;  // [B][layers * states * H]
  if (shape_.sets_state()) states = at::linear(statics, at("state.weight"), at("state.bias"));
  at::Tensor h = x;
  for (std::size_t l = 0; l < shape_.layers(); ++l) {
    LayerCall call{.cell = shape_.model.cell,
                   .x = h,
                   .weight_ih = at(fmt::format("rnn.{}.weight_ih", l)),
                   .weight_hh = at(fmt::format("rnn.{}.weight_hh", l)),
                   .bias_ih = at(fmt::format("rnn.{}.bias_ih", l)),
                   .bias_hh = at(fmt::format("rnn.{}.bias_hh", l)),
                   .h0 = {},
                   .c0 = {},
                   .first_step = l + 1 == shape_.layers() ? x.size(1) - scored : 0};
    if (states.defined()) {
      const auto from = static_cast<std::int64_t>(l * shape_.states()) * hidden;
      call.h0 = states.narrow(1, from, hidden);
      if (shape_.states() == 2) call.c0 = states.narrow(1, from + hidden, hidden);
    }
    h = fused() ? fused_layer(call, pools_[l]) : torch_layer(call);
  }
  return h;
}

at::Tensor Network::forward(const at::Tensor& x, const at::Tensor& statics, std::int64_t scored,
                            const at::Tensor& dropout) const {
  const at::Tensor seen = shape_.model.cnn.channels > 0 ? convolve(x) : x;
  at::Tensor h = recur(seen, statics, scored);
  // In place where the recurrent layer does not need h again.
  if (dropout.defined()) h = fused() ? h.mul_(dropout) : h * dropout;
  return at::linear(h, at("head.weight"), at("head.bias"));
}

void run_windows(const Network& network, const BatchMaker& maker, std::span<const Window> windows,
                 std::span<const std::size_t> offsets, float* out) {
  const c10::NoGradGuard no_gradients;
  const NetworkShape& shape = network.shape();
  const std::size_t heads = shape.heads();
  const std::size_t per_step =
      shape.sequence_inputs() + shape.recurrent_inputs() + shape.layers() * shape.hidden();
  const std::vector<std::size_t> order = by_length(windows);
  Batch batch;
  std::vector<Window> chosen;
  for (std::size_t from = 0; from < order.size();) {
    core::throw_if_interrupted();
    const std::size_t to = batch_end(windows, order, from, per_step);
    chosen.clear();
    for (std::size_t i = from; i < to; ++i) chosen.push_back(windows[order[i]]);
    maker.inputs(chosen, batch);
    const auto b = static_cast<std::int64_t>(batch.rows);
    const at::Tensor x = tensor_of(
        batch.x,
        {b, static_cast<std::int64_t>(batch.steps), static_cast<std::int64_t>(shape.sequence_inputs())},
        network.device());
    at::Tensor statics;
    if (shape.sets_state())
      statics = tensor_of(batch.statics, {b, static_cast<std::int64_t>(shape.statics)}, network.device());
    const at::Tensor y =
        network.forward(x, statics, static_cast<std::int64_t>(batch.scored), {}).to(at::kCPU).contiguous();
    const auto* values = y.const_data_ptr<float>();
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const std::size_t first =
          chosen[i].warmup + batch.scored - batch.steps;  // among the outputs of its row
      std::memcpy(out + offsets[order[from + i]] * heads, values + (i * batch.scored + first) * heads,
                  chosen[i].scored() * heads * sizeof(float));
    }
    from = to;
  }
}

}  // namespace phreatic::learn
