// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/Version.h>
#include <ATen/core/Tensor.h>
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
#include "phreatic/learn/architectures/network_torch.hpp"
#include "phreatic/learn/kernels/recurrent/recurrent.hpp"
#include "phreatic/learn/loaded_model.hpp"
#include "phreatic/learn/samples/batches.hpp"

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

std::vector<std::string> names_of(const std::vector<Target>& targets) {
  std::vector<std::string> names;
  for (const Target& t : targets)
    names.push_back(t.name + (t.anchor.empty() ? "" : " (change from " + t.anchor + ")") +
                    (t.anchored_by_lead ? " (error of a simple forecast)" : ""));
  return names;
}

void check_data(const LoadedModel& model, const SeriesSet& set, const std::vector<Window>& windows) {
  core::Problems problems;
  check_names(model.about.features, set.features, "features", problems);
  check_names(model.about.past_features, set.past_features, "past features", problems);
  check_names(model.about.statics, set.statics, "static attributes", problems);
  if (!set.targets.empty())
    check_names(names_of(model.about.targets), names_of(set.targets), "targets", problems);
  problems.throw_if_any();
  check(set);
  check_windows(set, windows);
}

// Where a target has an anchor, outputs are changes since the issue date, or errors of a simple forecast.
void add_anchors(const std::vector<Target>& targets, const SeriesSet& set, Predictions& p) {
  for (std::size_t k = 0; k < targets.size(); ++k) {
    if (targets[k].anchor.empty() && !targets[k].anchored_by_lead) continue;
    for (std::size_t w = 0; w < p.windows.size(); ++w) {
      for (std::size_t row = p.offsets[w]; row < p.offsets[w + 1]; ++row) {
        const OutputScale scale =
            output_scale(set, p.windows[w], k, p.windows[w].warmup + row - p.offsets[w]);
        for (std::size_t m = 0; m < p.members; ++m) {
          float* values = p.values.data() + (m * p.rows() + row) * p.heads.back();
          for (std::size_t h = p.heads[k]; h < p.heads[k + 1]; ++h)
            values[h] = scale.centre + scale.spread * values[h];
        }
      }
    }
  }
}

// Quantiles that cross are put in order (Chernozhukov et al. 2010).
void sort_quantiles(Predictions& p) {
  for (std::size_t k = 0; k < p.targets(); ++k) {
    if (p.outputs(k) == 1) continue;
    for (std::size_t at = 0; at < p.values.size(); at += p.heads.back())
      std::sort(p.values.begin() + static_cast<std::ptrdiff_t>(at + p.heads[k]),
                p.values.begin() + static_cast<std::ptrdiff_t>(at + p.heads[k + 1]), nan_last);
  }
}

// Outputs for the scored steps of each window into out + offsets[w] * heads, [step][head]. Batches are bounded
// in memory and cut by problem size only.
void run_windows(const Network& network, const SeriesSet& set, std::span<const Window> windows,
                 std::span<const std::size_t> offsets, std::size_t heads, float* out) {
  const Architecture& architecture = network.architecture();
  Batch batch;
  for (const auto& which :
       plan_batches(windows, architecture.floats_per_step(), !architecture.carries_state())) {
    core::throw_if_interrupted();
    std::vector<Window> chosen;
    for (const std::size_t w : which) chosen.push_back(windows[w]);
    batch_inputs(set, chosen, 0, batch);
    const at::Tensor y = run_batch(network, batch);
    const auto* values = y.const_data_ptr<float>();
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const std::size_t first =
          chosen[i].warmup + batch.scored - batch.steps;  // among the outputs of its row
      std::memcpy(out + offsets[which[i]] * heads, values + (i * batch.scored + first) * heads,
                  chosen[i].scored() * heads * sizeof(float));
    }
  }
}

// f at the last step of a window through autograd: the reference of faster paths, and the way of every other
// network and of CUDA.
class AutogradDifferentiable : public model::Differentiable {
 public:
  AutogradDifferentiable(const LoadedModel& model, const GradientCall& call)
      : shape_{call.steps, model.plan.inputs.channels(), model.plan.inputs.statics},
        target_(call.target),
        head_(static_cast<std::int64_t>(call.head)) {
    prepare_torch(model.device);
    for (const std::vector<float>& flat : call.members)
      networks_.push_back(std::make_unique<Network>(model.plan, flat, model.device, false));
    // Networks without a state put out the scored part of a window at once.
    if (!networks_.front()->architecture().carries_state()) {
      const InputShape& inputs = model.plan.inputs;
      const std::size_t warmup = inputs.steps - inputs.scored;
      outputs_ = call.steps > warmup ? static_cast<std::int64_t>(call.steps - warmup) : 1;
    }
  }

  model::Shape shape() const override { return shape_; }
  model::Target target() const override { return target_; }
  std::size_t members() const override { return networks_.size(); }

  void value(std::size_t batch, const float* inputs, const float* statics, float* values) override {
    run({0, members()}, {batch, inputs, statics, values, nullptr});
  }
  void value_and_gradient(std::size_t batch, const float* inputs, const float* statics, float* values,
                          float* gradients) override {
    run({0, members()}, {batch, inputs, statics, values, gradients});
  }
  void member_value(std::size_t member, std::size_t batch, const float* inputs, const float* statics,
                    float* values) override {
    run({member, member + 1}, {batch, inputs, statics, values, nullptr});
  }
  void member_value_and_gradient(std::size_t member, std::size_t batch, const float* inputs,
                                 const float* statics, float* values, float* gradients) override {
    run({member, member + 1}, {batch, inputs, statics, values, gradients});
  }

 private:
  static constexpr std::size_t kChunkRows = 512;
  struct MemberRange {
    std::size_t begin = 0, end = 0;
  };
  struct Rows {
    std::size_t count = 0;
    const float* inputs = nullptr;
    const float* statics = nullptr;
    float* values = nullptr;
    float* gradients = nullptr;
  };

  // Mean over the members [begin, end).
  void run(MemberRange members, const Rows& all) {
    const std::size_t size = shape_.cells();
    for (std::size_t from = 0; from < all.count; from += kChunkRows) {
      Rows rows{std::min(kChunkRows, all.count - from), all.inputs + from * size, all.statics,
                all.values + from, all.gradients};
      if (rows.statics != nullptr) rows.statics += from * shape_.statics;
      if (rows.gradients != nullptr) rows.gradients += from * size;
      with_torch([&] { chunk(members, rows); });
    }
  }

  at::Tensor copied(const float* values, const std::vector<std::int64_t>& sizes) const {
    std::int64_t count = 1;
    for (const std::int64_t s : sizes) count *= s;
    std::vector<float> copy(values, values + count);
    return tensor_of(copy, sizes, at::Device(at::kCPU)).clone().to(networks_.front()->device());
  }

  void chunk(MemberRange members, const Rows& rows) {
    const c10::AutoGradMode gradients_on(rows.gradients != nullptr);
    const auto n = static_cast<std::int64_t>(rows.count);
    ForwardCall call;
    call.x = copied(rows.inputs,
                    {n, static_cast<std::int64_t>(shape_.steps), static_cast<std::int64_t>(shape_.features)});
    if (rows.gradients != nullptr) call.x.set_requires_grad(true);
    if (shape_.statics > 0)
      call.statics = copied(rows.statics, {n, static_cast<std::int64_t>(shape_.statics)});
    call.outputs = outputs_;
    at::Tensor sum;
    for (std::size_t m = members.begin; m < members.end; ++m) {
      const at::Tensor f = networks_[m]->forward(call).select(1, outputs_ - 1).select(1, head_);
      sum = sum.defined() ? sum + f : f;
    }
    sum = sum / static_cast<double>(members.end - members.begin);
    const at::Tensor out = sum.detach().to(at::kCPU).contiguous();
    std::memcpy(rows.values, out.const_data_ptr<float>(), rows.count * sizeof(float));
    if (rows.gradients == nullptr) return;
    sum.sum().backward();
    const at::Tensor g = call.x.grad().to(at::kCPU).contiguous();
    std::memcpy(rows.gradients, g.const_data_ptr<float>(),
                static_cast<std::size_t>(g.numel()) * sizeof(float));
  }

  model::Shape shape_;
  model::Target target_;
  std::int64_t head_;
  std::int64_t outputs_ = 1;
  std::vector<std::unique_ptr<Network>> networks_;
};

}  // namespace

at::Tensor run_batch(const Network& network, Batch& batch) {
  const c10::NoGradGuard no_gradients;
  return network.forward(forward_call(batch, network.device(), nullptr)).to(at::kCPU).contiguous();
}

Predictions predict(Model& model, const SeriesSet& set, const std::vector<Window>& windows,
                    core::Context& context) {
  const LoadedModel& m = model.loaded();
  check_data(m, set, windows);
  prepare_torch(m.device);
  Predictions p;
  p.windows = windows;
  p.members = m.members.size();
  p.heads = {0};
  for (const std::size_t outputs : m.plan.inputs.outputs) p.heads.push_back(p.heads.back() + outputs);
  p.offsets.push_back(0);
  for (const Window& w : windows) p.offsets.push_back(p.offsets.back() + w.scored());
  const std::size_t per_member = p.rows() * p.heads.back();
  p.values.resize(p.members * per_member);
  core::Progress progress("predicting", p.members, "members", context.show_progress);
  for (std::size_t i = 0; i < p.members; ++i) {
    with_torch([&] {
      const Network network(m.plan, m.members[i], m.device, false);
      run_windows(network, set, windows, p.offsets, p.heads.back(), p.values.data() + i * per_member);
    });
    progress.advance();
  }
  add_anchors(m.about.targets, set, p);
  sort_quantiles(p);
  return p;
}

std::unique_ptr<model::Differentiable> make_autograd_differentiable(const LoadedModel& model,
                                                                    const GradientCall& call) {
  return std::make_unique<AutogradDifferentiable>(model, call);
}

std::string machine_fingerprint() {
  return fmt::format("phreatic {}, libtorch {}, torch kernels {}, recurrent kernels {}", PHREATIC_VERSION,
                     TORCH_VERSION, at::get_cpu_capability(), kernels::isa_name(kernels::resolve_isa()));
}

}  // namespace phreatic::learn
