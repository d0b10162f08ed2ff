// SPDX-License-Identifier: BSD-3-Clause
// The fused layer as an autograd node against libtorch's layers in double precision, the whole network fused
// against libtorch, and finite differences.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "phreatic/core/random.hpp"
#include "phreatic/learn/architectures/network_torch.hpp"
#include "phreatic/learn/architectures/recurrent/layer_torch.hpp"
#include "phreatic/learn/architectures/recurrent/recurrent.hpp"

namespace phreatic::learn {
namespace {

at::Tensor random_tensor(std::vector<std::int64_t> sizes, double scale, std::uint64_t seed) {
  std::int64_t count = 1;
  for (const std::int64_t n : sizes) count *= n;
  std::vector<float> values(static_cast<std::size_t>(count));
  core::RandomStream random(seed, "test");
  for (float& v : values) v = static_cast<float>(scale * random.normal());
  return tensor_of(values, std::move(sizes), at::Device(at::kCPU)).clone();
}

double relative_error(const at::Tensor& got, const at::Tensor& want) {
  const at::Tensor a = got.to(at::kDouble);
  const at::Tensor b = want.to(at::kDouble);
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

struct LayerCase {
  CellKind cell;
  std::int64_t batch, steps, inputs, hidden, first_step;
  bool state;
};

LayerCall make_call(const LayerCase& c) {
  const std::int64_t rows = (c.cell == CellKind::lstm ? 4 : 3) * c.hidden;
  LayerCall call{.cell = c.cell, .first_step = c.first_step};
  call.x = random_tensor({c.batch, c.steps, c.inputs}, 1.0, 1);
  call.weight_ih = random_tensor({rows, c.inputs}, 0.3, 2);
  call.weight_hh = random_tensor({rows, c.hidden}, 0.3, 3);
  call.bias_ih = random_tensor({rows}, 0.3, 4);
  call.bias_hh = random_tensor({rows}, 0.3, 5);
  if (c.state) {
    call.h0 = random_tensor({c.batch, c.hidden}, 0.5, 6);
    if (c.cell == CellKind::lstm) call.c0 = random_tensor({c.batch, c.hidden}, 0.5, 7);
  }
  return call;
}

std::vector<at::Tensor*> leaves(LayerCall& call) {
  return {&call.x, &call.weight_ih, &call.weight_hh, &call.bias_ih, &call.bias_hh, &call.h0, &call.c0};
}

TEST(FusedLayer, output_and_every_gradient_as_libtorch_in_double_precision) {
  const std::vector<LayerCase> cases = {
      {CellKind::lstm, 7, 12, 3, 20, 0, false}, {CellKind::lstm, 5, 9, 2, 16, 8, true},
      {CellKind::gru, 7, 12, 3, 20, 5, false},  {CellKind::gru, 5, 9, 2, 16, 8, true},
      {CellKind::lstm, 1, 1, 1, 1, 0, true},    {CellKind::gru, 33, 40, 11, 70, 20, false}};
  for (const LayerCase& c : cases) {
    LayerCall fused = make_call(c);
    LayerCall reference = make_call(c);
    for (at::Tensor* t : leaves(fused))
      if (t->defined()) t->set_requires_grad(true);
    for (at::Tensor* t : leaves(reference))
      if (t->defined()) *t = t->to(at::kDouble).set_requires_grad(true);
    const at::Tensor h = fused_layer(fused, std::make_shared<WorkspacePool>());
    const at::Tensor expected = torch_layer(reference);
    ASSERT_EQ(h.sizes(), expected.sizes());
    EXPECT_LT(relative_error(h, expected), 1e-5);
    const at::Tensor weight = random_tensor(h.sizes().vec(), 1.0, 9);
    (h * weight).sum().backward();
    (expected * weight).sum().backward();
    const std::vector<at::Tensor*> got = leaves(fused);
    const std::vector<at::Tensor*> want = leaves(reference);
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (!want[i]->defined()) continue;
      EXPECT_LT(relative_error(got[i]->grad(), want[i]->grad()), 1e-5)
          << "gradient " << i << ", hidden " << c.hidden << ", cell " << static_cast<int>(c.cell);
    }
  }
}

TEST(FusedLayer, without_gradients_gives_the_same_output) {
  const LayerCall call = make_call({CellKind::lstm, 6, 10, 3, 20, 4, true});
  LayerCall tracked = make_call({CellKind::lstm, 6, 10, 3, 20, 4, true});
  tracked.x.set_requires_grad(true);
  const auto pool = std::make_shared<WorkspacePool>();
  const at::Tensor with = fused_layer(tracked, pool).detach();
  const c10::NoGradGuard no_gradients;
  EXPECT_TRUE(with.equal(fused_layer(call, pool)));
}

NetworkPlan plan_of(CellKind cell, int layers, StaticUse statics, int cnn) {
  NetworkPlan plan;
  plan.model = {.cell = cell, .hidden_size = 12, .layers = layers, .static_attributes = statics};
  plan.model.cnn = {.channels = cnn, .kernel_size = 3, .layers = 2};
  plan.inputs = {.features = 3, .statics = statics == StaticUse::none ? 0U : 2U, .outputs = {2, 2}};
  plan.kind = &architectures().front();
  return plan;
}

std::vector<float> start_of(const NetworkPlan& plan, std::uint64_t seed) {
  const auto architecture = plan.make();
  return architecture->initial(architecture->layout(), seed);
}

at::Tensor network_inputs() { return random_tensor({4, 15, 3}, 1.0, 11); }

double run(Network& network, const at::Tensor& y_weight, bool statics) {
  ForwardCall call{.x = network_inputs(), .statics = {}, .outputs = 6};
  if (statics) call.statics = random_tensor({4, 2}, 1.0, 12);
  at::Tensor loss = (network.forward(call) * y_weight).to(at::kDouble).sum();
  if (network.parameters().gradient().defined()) {
    network.parameters().gradient().zero_();
    loss.backward();
  }
  return loss.item<double>();
}

TEST(Network, fused_and_libtorch_give_the_same_gradients) {
  const at::Tensor weight = random_tensor({4, 6, 4}, 1.0, 13);
  for (const CellKind cell : {CellKind::lstm, CellKind::gru}) {
    for (const StaticUse statics : {StaticUse::none, StaticUse::repeat, StaticUse::initial_state}) {
      for (const int layers : {1, 2}) {
        NetworkPlan plan = plan_of(cell, layers, statics, layers == 2 ? 5 : 0);
        const std::vector<float> flat = start_of(plan, 3);
        Network fused(plan, flat, DeviceKind::cpu, true);
        plan.model.backend = RecurrentBackend::torch;
        Network reference(plan, flat, DeviceKind::cpu, true);
        const bool any = statics != StaticUse::none;
        EXPECT_NEAR(run(fused, weight, any), run(reference, weight, any), 1e-4);
        EXPECT_LT(relative_error(fused.parameters().gradient(), reference.parameters().gradient()), 1e-5);
      }
    }
  }
}

// d loss along a random direction of all parameters.
TEST(Network, gradient_as_finite_differences) {
  const at::Tensor weight = random_tensor({4, 6, 4}, 1.0, 13);
  for (const CellKind cell : {CellKind::lstm, CellKind::gru}) {
    const NetworkPlan plan = plan_of(cell, 2, StaticUse::initial_state, 5);
    const std::vector<float> flat = start_of(plan, 3);
    Network network(plan, flat, DeviceKind::cpu, true);
    run(network, weight, true);
    const auto loss_at = [&](const std::vector<double>& direction, double step) {
      std::vector<float> moved = flat;
      for (std::size_t i = 0; i < moved.size(); ++i)
        moved[i] = static_cast<float>(flat[i] + step * direction[i]);
      Network other(plan, moved, DeviceKind::cpu, false);
      const c10::NoGradGuard no_gradients;
      return run(other, weight, true);
    };
    for (std::uint64_t k = 0; k < 5; ++k) {
      core::RandomStream random(k, "direction");
      std::vector<double> direction(flat.size());
      double along = 0;
      const auto* g = network.parameters().gradient().const_data_ptr<float>();
      for (std::size_t i = 0; i < flat.size(); ++i) along += (direction[i] = random.normal()) * g[i];
      constexpr double kStep = 1e-3;
      const double differences = (loss_at(direction, kStep) - loss_at(direction, -kStep)) / (2 * kStep);
      EXPECT_NEAR(differences, along, 2e-3 * std::abs(along) + 2e-2) << static_cast<int>(cell) << " " << k;
    }
  }
}

// A causal convolution: what comes later does not change what was put out before.
TEST(Network, the_convolution_does_not_look_ahead) {
  const NetworkPlan plan = plan_of(CellKind::gru, 1, StaticUse::none, 5);
  const Network network(plan, start_of(plan, 3), DeviceKind::cpu, false);
  const c10::NoGradGuard no_gradients;
  const at::Tensor x = network_inputs();
  const at::Tensor y = network.forward({.x = x, .statics = {}, .outputs = 15});
  at::Tensor changed = x.clone();
  changed.narrow(1, 10, 5).add_(1.0);
  const at::Tensor z = network.forward({.x = changed, .statics = {}, .outputs = 15});
  EXPECT_TRUE(y.narrow(1, 0, 10).equal(z.narrow(1, 0, 10)));
  EXPECT_FALSE(y.narrow(1, 10, 1).equal(z.narrow(1, 10, 1)));
}

TEST(Layout, forget_bias_and_bounds_of_the_starting_values) {
  const NetworkPlan plan = plan_of(CellKind::lstm, 1, StaticUse::none, 0);
  const ParameterLayout layout = plan.make()->layout();
  const std::vector<float> flat = start_of(plan, 3);
  const Parameter& hh = layout.at("rnn.0.bias_hh");
  const Parameter& ih = layout.at("rnn.0.bias_ih");
  for (std::size_t k = 12; k < 24; ++k) EXPECT_EQ(flat[ih.offset + k] + flat[hh.offset + k], 3.0F);
  const Parameter& w = layout.at("rnn.0.weight_hh");
  double largest = 0;
  for (std::size_t k = 0; k < w.count; ++k) largest = std::max<double>(largest, std::abs(flat[w.offset + k]));
  EXPECT_LE(largest, 1 / std::sqrt(12.0));
  EXPECT_GT(largest, 0.95 / std::sqrt(12.0));
  EXPECT_NE(flat, start_of(plan, 4));
}

}  // namespace
}  // namespace phreatic::learn
