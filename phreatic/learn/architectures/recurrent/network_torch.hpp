// SPDX-License-Identifier: BSD-3-Clause
// A recurrent network on libtorch: parameters as views into one flat tensor, forward, and running it over
// windows. Private to learn.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/architectures/layout.hpp"
#include "phreatic/learn/architectures/recurrent/layer_torch.hpp"
#include "phreatic/learn/samples/batches.hpp"

namespace phreatic::learn {

// Deterministic algorithms, one libtorch thread (ours are core::parallel_for). Once per thread that runs
// libtorch. Throws InputError when `device` is cuda and there is none.
void prepare_torch(DeviceKind device);
// Runs f(); what libtorch throws (out of memory ...) becomes a RunError without its backtrace.
template <class F>
auto with_torch(const F& f) {
  try {
    return f();
  } catch (const c10::Error& error) {
    throw core::RunError(std::string("libtorch: ") + error.what_without_backtrace());
  }
}
at::Device torch_device(DeviceKind device);

class Network {
 public:
  // `trainable`: parameters ask for gradients.
  Network(const NetworkShape& shape, const std::vector<float>& flat, DeviceKind device, bool trainable);

  // x [B][T][sequence_inputs], statics [B][S] (undefined unless they set the state) ->
  // [B][scored][targets * outputs]. dropout [B][scored][H] multiplies the hidden state; undefined = off.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& statics, std::int64_t scored,
                     const at::Tensor& dropout) const;

  const NetworkShape& shape() const { return shape_; }
  const ParameterLayout& layout() const { return layout_; }
  at::Device device() const { return flat_.device(); }
  at::Tensor& flat() { return flat_; }          // all parameters
  at::Tensor& gradient() { return gradient_; }  // all gradients; backward() adds to it
  std::vector<float> values() const;            // flat, on the CPU

 private:
  bool fused() const { return flat_.is_cpu() && shape_.model.backend == RecurrentBackend::fused; }
  at::Tensor at(const std::string& name) const { return parameters_.at(name); }
  at::Tensor convolve(const at::Tensor& x) const;
  at::Tensor recur(const at::Tensor& x, const at::Tensor& statics, std::int64_t scored) const;

  NetworkShape shape_;
  ParameterLayout layout_;
  at::Tensor flat_;
  at::Tensor gradient_;
  std::unordered_map<std::string, at::Tensor> parameters_;
  std::vector<std::shared_ptr<WorkspacePool>> pools_;  // one per recurrent layer
};

at::Tensor tensor_of(std::vector<float>& values, const std::vector<std::int64_t>& shape,
                     const at::Device& device);

// Outputs for the scored steps of each window into out + offsets[w] * heads(), [step][target][output]. No
// gradients, dropout off; batches bounded in memory and cut by problem size only.
void run_windows(const Network& network, const BatchMaker& maker, std::span<const Window> windows,
                 std::span<const std::size_t> offsets, float* out);

}  // namespace phreatic::learn
