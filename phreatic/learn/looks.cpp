// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/looks.hpp"

#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/architectures/network_torch.hpp"
#include "phreatic/learn/loaded_model.hpp"
#include "phreatic/learn/samples/batches.hpp"

namespace phreatic::learn {
namespace {

constexpr std::size_t kFloats = std::size_t{1} << 24;  // of a call: 64 MiB

// to += share * t
void add(std::vector<float>& to, const at::Tensor& t, float share) {
  if (!t.defined()) return;
  const at::Tensor cpu = t.to(at::kCPU).contiguous();
  to.resize(static_cast<std::size_t>(cpu.numel()), 0.0F);
  const auto* values = cpu.const_data_ptr<float>();
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += share * values[i];
}

}  // namespace

bool has_looks(const ModelDescription& model) { return model.params.model.architecture == "tft"; }

std::size_t look_windows(Model& model, std::size_t steps) {
  const std::size_t per_step = model.loaded().plan.make()->floats_per_step() + steps;
  return std::clamp<std::size_t>(kFloats / (steps * per_step), 1, 256);
}

WindowLooks look(Model& model, const SeriesSet& set, std::span<const Window> windows) {
  const LoadedModel& m = model.loaded();
  PHREATIC_ASSERT(has_looks(m.about) && !windows.empty());
  prepare_torch(m.device);
  const c10::NoGradGuard no_gradients;
  Batch batch;
  batch_inputs(set, windows, 0, batch);
  WindowLooks out;
  out.windows = windows.size();
  out.variables = set.features.size() + set.past_features.size();
  out.features = set.features.size();
  const float share = 1.0F / static_cast<float>(m.members.size());
  for (const std::vector<float>& flat : m.members) {
    with_torch([&] {
      const Network network(m.plan, flat, m.device, false);
      Looks looks;
      ForwardCall call = forward_call(batch, network.device(), nullptr);
      call.looks = &looks;
      network.forward(call);
      out.encoder = static_cast<std::size_t>(looks.past.size(1));
      out.outputs = static_cast<std::size_t>(looks.attention.size(1));
      out.statics_count = looks.statics.defined() ? static_cast<std::size_t>(looks.statics.size(1)) : 0;
      add(out.statics, looks.statics, share);
      add(out.past, looks.past, share);
      add(out.future, looks.future, share);
      add(out.attention, looks.attention, share);
    });
  }
  out.decoder = batch.steps - out.encoder;
  return out;
}

}  // namespace phreatic::learn
