// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/Version.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <span>

#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/learn/architectures/recurrent/network_torch.hpp"
#include "phreatic/learn/loaded_model.hpp"

namespace phreatic::learn {
namespace {

void check_names(const std::vector<std::string>& want, const std::vector<std::string>& got, const char* what,
                 core::Problems& problems) {
  if (want == got) return;
  const auto join = [](const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return "[" + text + "]";
  };
  problems.add(
      {.where = what, .what = "the data have " + join(got), .allowed = "those of the model: " + join(want)});
}

bool nan_last(float a, float b) { return a < b || (std::isnan(b) && !std::isnan(a)); }

void check_data(const LoadedModel& model, const SeriesSet& set, const std::vector<Window>& windows) {
  core::Problems problems;
  check_names(model.about.features, set.features, "features", problems);
  check_names(model.about.past_features, set.past_features, "past features", problems);
  check_names({model.about.anchor}, {set.anchor}, "anchor", problems);
  if (model.shape.statics > 0) check_names(model.about.statics, set.statics, "static attributes", problems);
  problems.throw_if_any();
  check(set);
  check_windows(set, windows);
}

// Outputs are changes since the issue date where the model has an anchor.
void add_anchors(const SeriesSet& set, Predictions& p) {
  if (set.anchor.empty()) return;
  const std::size_t heads = p.targets * p.outputs;
  for (std::size_t m = 0; m < p.members; ++m) {
    for (std::size_t w = 0; w < p.windows.size(); ++w) {
      const float anchor = anchor_of(set, p.windows[w]);
      const auto row = p.values.begin() + static_cast<std::ptrdiff_t>((m * p.rows() + p.offsets[w]) * heads);
      const auto values = static_cast<std::ptrdiff_t>((p.offsets[w + 1] - p.offsets[w]) * heads);
      std::for_each(row, row + values, [&](float& v) { v += anchor; });
    }
  }
}

// f at the last step of a window through autograd: the reference of the fused path, and the way of networks
// with a CNN and of CUDA.
class AutogradDifferentiable : public Differentiable {
 public:
  AutogradDifferentiable(const LoadedModel& model, std::size_t head, std::size_t lags)
      : shape_(model.shape), head_(static_cast<std::int64_t>(head)), lags_(lags) {
    prepare_torch(model.device);
    for (const std::vector<float>& flat : model.members)
      networks_.emplace_back(model.shape, flat, model.device, false);
  }

  std::size_t lags() const override { return lags_; }
  std::size_t features() const override { return shape_.channels; }
  std::size_t statics() const override { return shape_.statics; }

  void value(std::size_t batch, const float* inputs, const float* statics, float* values) override {
    run(networks_, batch, inputs, statics, values, nullptr);
  }
  void value_and_gradient(std::size_t batch, const float* inputs, const float* statics, float* values,
                          float* gradients) override {
    run(networks_, batch, inputs, statics, values, gradients);
  }
  std::size_t members() const override { return networks_.size(); }
  void member_value_and_gradient(std::size_t member, std::size_t batch, const float* inputs,
                                 const float* statics, float* values, float* gradients) override {
    run({&networks_.at(member), 1}, batch, inputs, statics, values, gradients);
  }

 private:
  static constexpr std::size_t kChunkRows = 512;

  // Mean over `networks`.
  void run(std::span<const Network> networks, std::size_t batch, const float* inputs, const float* statics,
           float* values, float* gradients) {
    const std::size_t size = lags_ * shape_.channels;
    for (std::size_t from = 0; from < batch; from += kChunkRows) {
      const std::size_t n = std::min(kChunkRows, batch - from);
      const float* s = statics == nullptr ? nullptr : statics + from * shape_.statics;
      float* g = gradients == nullptr ? nullptr : gradients + from * size;
      with_torch([&] { chunk(networks, n, inputs + from * size, s, values + from, g); });
    }
  }

  at::Tensor copied(const float* values, const std::vector<std::int64_t>& sizes) const {
    std::int64_t count = 1;
    for (const std::int64_t s : sizes) count *= s;
    std::vector<float> copy(values, values + count);
    return tensor_of(copy, sizes, at::Device(at::kCPU)).clone().to(networks_.front().device());
  }

  void chunk(std::span<const Network> networks, std::size_t n, const float* inputs, const float* statics,
             float* values, float* gradients) {
    const c10::AutoGradMode gradients_on(gradients != nullptr);
    const auto rows = static_cast<std::int64_t>(n);
    const auto steps = static_cast<std::int64_t>(lags_);
    at::Tensor x = copied(inputs, {rows, steps, static_cast<std::int64_t>(shape_.channels)});
    if (gradients != nullptr) x.set_requires_grad(true);
    at::Tensor attributes;
    if (shape_.statics > 0) attributes = copied(statics, {rows, static_cast<std::int64_t>(shape_.statics)});
    at::Tensor sum;
    for (const Network& network : networks) {
      at::Tensor seen = x;
      if (shape_.repeats_statics())
        seen = at::cat({x, attributes.unsqueeze(1).expand({rows, steps, attributes.size(1)})}, 2);
      const at::Tensor y = network.forward(seen, shape_.sets_state() ? attributes : at::Tensor(), 1, {});
      const at::Tensor f = y.select(1, 0).select(1, head_);
      sum = sum.defined() ? sum + f : f;
    }
    sum = sum / static_cast<double>(networks.size());
    const at::Tensor out = sum.detach().to(at::kCPU).contiguous();
    std::memcpy(values, out.const_data_ptr<float>(), n * sizeof(float));
    if (gradients == nullptr) return;
    sum.sum().backward();
    const at::Tensor g = x.grad().to(at::kCPU).contiguous();
    std::memcpy(gradients, g.const_data_ptr<float>(), static_cast<std::size_t>(g.numel()) * sizeof(float));
  }

  NetworkShape shape_;
  std::int64_t head_;
  std::size_t lags_;
  std::vector<Network> networks_;
};

}  // namespace

Predictions predict(Model& model, const SeriesSet& set, const std::vector<Window>& windows,
                    core::Context& context) {
  const LoadedModel& m = loaded(model);
  check_data(m, set, windows);
  prepare_torch(m.device);
  Predictions p;
  p.windows = windows;
  p.members = m.members.size();
  p.targets = m.shape.targets;
  p.outputs = m.shape.outputs;
  p.offsets.push_back(0);
  for (const Window& w : windows) p.offsets.push_back(p.offsets.back() + w.scored());
  const std::size_t per_member = p.rows() * m.shape.heads();
  p.values.resize(p.members * per_member);
  const BatchMaker maker(set, m.shape);
  core::Progress progress("predicting", p.members, "members", context.show_progress);
  for (std::size_t i = 0; i < p.members; ++i) {
    with_torch([&] {
      const Network network(m.shape, m.members[i], m.device, false);
      run_windows(network, maker, windows, p.offsets, p.values.data() + i * per_member);
    });
    progress.advance();
  }
  add_anchors(set, p);
  if (p.outputs > 1) {  // quantiles that cross are put in order (Chernozhukov et al. 2010)
    for (std::size_t at = 0; at < p.values.size(); at += p.outputs)
      std::sort(p.values.begin() + static_cast<std::ptrdiff_t>(at),
                p.values.begin() + static_cast<std::ptrdiff_t>(at + p.outputs), nan_last);
  }
  return p;
}

std::unique_ptr<Differentiable> make_autograd_differentiable(const LoadedModel& model, std::size_t head,
                                                             std::size_t lags) {
  return std::make_unique<AutogradDifferentiable>(model, head, lags);
}

std::string machine_fingerprint() {
  return fmt::format("phreatic {}, libtorch {}, torch kernels {}, recurrent kernels {}", PHREATIC_VERSION,
                     TORCH_VERSION, at::get_cpu_capability(), kernels::isa_name(kernels::resolve_isa()));
}

}  // namespace phreatic::learn
