// SPDX-License-Identifier: BSD-3-Clause
// Gradients for explainers: the fused path against autograd through libtorch's layers, finite differences,
// and the predictions themselves.
#include <gtest/gtest.h>

#include <algorithm>

#include "phreatic/core/parallel.hpp"
#include "phreatic/learn/loaded_model.hpp"
#include "tests/learn/tiny_task.hpp"

namespace phreatic::learn {
namespace {

constexpr std::size_t kLags = 40;

std::unique_ptr<Model> trained(const SeriesSet& set, LearnParams p) {
  p.training.epochs = 3;
  const tiny::TemporaryFolder folder;
  tiny::train(set, p, folder.path);
  return load_model(folder.path);
}

GradientCall call_of(const LoadedModel& m) {
  return {.members = m.members, .head = 0, .steps = kLags, .target = {"level"}};
}
std::unique_ptr<model::Differentiable> fused_path(Model& m) {
  return m.loaded().plan.make()->fast_gradient(call_of(m.loaded()));
}
std::unique_ptr<model::Differentiable> autograd_path(Model& m) {
  return make_autograd_differentiable(m.loaded(), call_of(m.loaded()));
}

struct Windows {
  std::vector<Window> windows;
  std::vector<float> inputs;
  std::vector<float> statics;
};

Windows some_windows(const SeriesSet& set, std::size_t count) {
  Windows w;
  for (std::size_t i = 0; i < count; ++i) {
    w.windows.push_back({i % set.entities.size(), 3 * i % 700, kLags, kLags - 1});
    w.inputs.resize((i + 1) * kLags * set.channels());
    encode_window(set, w.windows.back(), w.inputs.data() + i * kLags * set.channels());
    const std::vector<float>& s = set.entities[w.windows.back().entity].statics;
    w.statics.insert(w.statics.end(), s.begin(), s.end());
  }
  return w;
}

struct Result {
  std::vector<float> values, gradients;
};

Result evaluate(model::Differentiable& f, const Windows& w) {
  Result r{std::vector<float>(w.windows.size()), std::vector<float>(w.inputs.size())};
  f.value_and_gradient(w.windows.size(), w.inputs.data(), w.statics.data(), r.values.data(),
                       r.gradients.data());
  return r;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double d = 0;
  for (std::size_t i = 0; i < a.size(); ++i) d = std::max<double>(d, std::abs(a[i] - b[i]));
  return d;
}
double largest(const std::vector<float>& a) {
  double d = 0;
  for (const float v : a) d = std::max<double>(d, std::abs(v));
  return d;
}

std::vector<LearnParams> variants() {
  std::vector<LearnParams> v(5, tiny::params());
  v[1].model.cell = CellKind::gru;
  v[2].model.static_attributes = StaticUse::initial_state;
  v[3].model.layers = 2;
  v[3].model.cell = CellKind::gru;
  v[4].model.static_attributes = StaticUse::initial_state;
  v[4].model.layers = 2;
  return v;
}

TEST(Differentiable, fused_path_as_autograd_through_libtorch) {
  const SeriesSet set = tiny::reservoirs();
  const Windows w = some_windows(set, 1100);  // more than one chunk
  for (const LearnParams& p : variants()) {
    const auto model = trained(set, p);
    const Result fused = evaluate(*fused_path(*model), w);
    model->loaded().plan.model.backend = RecurrentBackend::torch;
    const Result reference = evaluate(*autograd_path(*model), w);
    EXPECT_LT(largest_difference(fused.values, reference.values), 1e-5);
    EXPECT_LT(largest_difference(fused.gradients, reference.gradients), 1e-5 * largest(reference.gradients));
    EXPECT_GT(largest(reference.gradients), 1e-3);
  }
}

TEST(Differentiable, gradient_as_finite_differences) {
  const SeriesSet set = tiny::reservoirs();
  const Windows w = some_windows(set, 6);
  LearnParams with_cnn = tiny::params();
  with_cnn.model.cnn.channels = 4;
  for (const LearnParams& p : {tiny::params(), with_cnn}) {
    const auto model = trained(set, p);
    const auto f = make_differentiable(*model, 0, 0, kLags);
    const Result r = evaluate(*f, w);
    for (std::size_t k = kLags - 8; k < kLags; ++k) {
      constexpr float kStep = 2e-3F;
      std::vector<float> up(6), down(6);
      Windows moved = w;
      for (std::size_t b = 0; b < 6; ++b) moved.inputs[(b * kLags + k) * 2] += kStep;
      f->value(6, moved.inputs.data(), moved.statics.data(), up.data());
      for (std::size_t b = 0; b < 6; ++b) moved.inputs[(b * kLags + k) * 2] -= 2 * kStep;
      f->value(6, moved.inputs.data(), moved.statics.data(), down.data());
      for (std::size_t b = 0; b < 6; ++b)
        EXPECT_NEAR((up[b] - down[b]) / (2 * kStep), r.gradients[(b * kLags + k) * 2], 2e-3) << k << " " << b;
    }
  }
}

TEST(Differentiable, value_is_the_mean_of_the_members_predictions) {
  const SeriesSet set = tiny::reservoirs();
  const Windows w = some_windows(set, 50);
  const auto model = trained(set, tiny::params());
  const auto f = make_differentiable(*model, 0, 0, kLags);
  EXPECT_EQ(f->shape(), (model::Shape{kLags, 2, 1}));
  EXPECT_EQ(f->target().name, "level");
  EXPECT_EQ(make_differentiable(*model)->shape().steps, 80U);
  const Result r = evaluate(*f, w);
  core::Log log(true);
  core::Context context{log, false};
  const Predictions p = predict(*model, set, w.windows, context);
  for (std::size_t i = 0; i < 50; ++i) EXPECT_NEAR(r.values[i], 0.5 * (p.at(0, i, 0) + p.at(1, i, 0)), 1e-5);
}

TEST(Differentiable, is_the_mean_of_its_members) {
  const SeriesSet set = tiny::reservoirs();
  const Windows w = some_windows(set, 9);
  const auto model = trained(set, tiny::params());
  for (const auto& f : {fused_path(*model), autograd_path(*model)}) {
    const Result whole = evaluate(*f, w);
    ASSERT_EQ(f->members(), 2U);
    std::vector<float> values(9, 0.0F), gradients(whole.gradients.size(), 0.0F);
    float apart = 0;
    for (std::size_t m = 0; m < 2; ++m) {
      std::vector<float> v(9), alone(9), g(gradients.size());
      f->member_value_and_gradient(m, 9, w.inputs.data(), w.statics.data(), v.data(), g.data());
      f->member_value(m, 9, w.inputs.data(), w.statics.data(), alone.data());
      EXPECT_LT(largest_difference(v, alone), 1e-6);
      for (std::size_t i = 0; i < 9; ++i) values[i] += v[i] / 2;
      for (std::size_t i = 0; i < g.size(); ++i) gradients[i] += g[i] / 2;
      apart = std::max(apart, static_cast<float>(largest_difference(v, whole.values)));
    }
    EXPECT_LT(largest_difference(values, whole.values), 1e-6);
    EXPECT_LT(largest_difference(gradients, whole.gradients), 1e-6);
    EXPECT_GT(apart, 1e-4);  // members differ
  }
}

TEST(Differentiable, does_not_depend_on_threads_or_on_the_batch) {
  const SeriesSet set = tiny::reservoirs();
  const Windows w = some_windows(set, 700);
  const auto model = trained(set, tiny::params());
  const auto f = make_differentiable(*model, 0, 0, kLags);
  core::set_thread_count(1);
  const Result one = evaluate(*f, w);
  core::set_thread_count(3);
  const Result three = evaluate(*f, w);
  core::set_thread_count(2);
  EXPECT_EQ(one.values, three.values);
  EXPECT_EQ(one.gradients, three.gradients);
  const Windows few = some_windows(set, 5);
  const Result first = evaluate(*f, few);
  EXPECT_LT(
      largest_difference(first.gradients, {one.gradients.begin(), one.gradients.begin() + 5 * kLags * 2}),
      1e-6);
}

}  // namespace
}  // namespace phreatic::learn
