// SPDX-License-Identifier: BSD-3-Clause
// The Temporal Fusion Transformer against a plain torch transcription in double precision
// (tests/reference/learn/tft_fixture.py), and through training, resume, prediction and explanation.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/learn/architectures/parameters_torch.hpp"
#include "phreatic/learn/architectures/tft/tft.hpp"
#include "phreatic/learn/check_settings.hpp"
#include "tests/learn/fixture_torch.hpp"
#include "tests/learn/tiny_task.hpp"

namespace phreatic::learn {
namespace {

struct Case {
  std::string name;
  std::size_t features, past, statics, hidden, heads, outputs, encoder, steps, wanted;
};
// As in tft_fixture.py.
const std::vector<Case> kCases = {{"forecast", 3, 1, 3, 8, 2, 4, 9, 13, 4},
                                  {"simulation", 3, 0, 0, 8, 4, 1, 6, 12, 6},
                                  {"hidden_future", 0, 2, 1, 6, 3, 2, 5, 8, 3},
                                  {"before_the_decoder", 4, 0, 3, 8, 2, 1, 7, 9, 5}};

std::unique_ptr<Architecture> network(const Case& c, double dropout = 0) {
  ModelParams model;
  model.architecture = "tft";
  model.hidden_size = static_cast<int>(c.hidden);
  model.tft.attention_heads = static_cast<int>(c.heads);
  model.output_dropout = dropout;
  const InputShape inputs{.features = c.features,
                          .past_features = c.past,
                          .statics = c.statics,
                          .outputs = {c.outputs},
                          .steps = c.steps,
                          .scored = c.steps - c.encoder};
  return make_tft(model, inputs);
}

ForwardCall call_of(const Fixture& fixture, const Case& c) {
  ForwardCall call;
  call.x = fixture.at("x");
  if (c.statics > 0) call.statics = fixture.at("statics");
  call.outputs = static_cast<std::int64_t>(c.wanted);
  return call;
}

TEST(Tft, outputs_and_gradients_are_those_of_a_plain_transcription) {
  for (const Case& c : kCases) {
    const Fixture fixture("tft_" + c.name);
    const auto tft = network(c);
    const ParameterLayout layout = tft->layout();
    ASSERT_EQ(layout.parameters.size(), fixture.parameters()) << c.name;
    Parameters parameters(layout, fixture.flat(layout), DeviceKind::cpu, true);
    ForwardCall call = call_of(fixture, c);
    call.x.set_requires_grad(true);
    const at::Tensor y = tft->forward(parameters, call);
    expect_close(y.detach(), fixture.at("y"), 1e-5, c.name + " y");
    (y * fixture.at("weight")).sum().backward();
    expect_close(call.x.grad(), fixture.at("gradient.x"), 1e-5, c.name + " dx");
    for (const Parameter& p : layout.parameters)
      expect_close(parameters.at(p.name).grad(), fixture.at("gradient." + p.name), 1e-5,
                   c.name + " " + p.name);
  }
}

TEST(Tft, weights_of_selection_and_attention_are_those_of_a_plain_transcription) {
  for (const Case& c : kCases) {
    const Fixture fixture("tft_" + c.name);
    const auto tft = network(c);
    const ParameterLayout layout = tft->layout();
    const Parameters parameters(layout, fixture.flat(layout), DeviceKind::cpu, false);
    Looks looks;
    ForwardCall call = call_of(fixture, c);
    call.looks = &looks;
    const c10::NoGradGuard no_gradients;
    expect_close(tft->forward(parameters, call), fixture.at("y"), 1e-5, c.name);
    for (const auto& [name, got] : {std::pair{"looks.statics", looks.statics},
                                    {"looks.past", looks.past},
                                    {"looks.future", looks.future},
                                    {"looks.attention", looks.attention}}) {
      ASSERT_EQ(got.defined(), fixture.has(name)) << c.name << ' ' << name;
      if (got.defined()) expect_close(got, fixture.at(name), 1e-5, c.name + ' ' + name);
    }
  }
}

// Rows are run in chunks that the sizes fix.
TEST(Tft, gradients_with_dropout_are_the_same_for_any_number_of_threads) {
  const Case c{"", 6, 2, 3, 32, 4, 2, 100, 140, 40};
  const auto tft = network(c, 0.2);
  const ParameterLayout layout = tft->layout();
  std::vector<at::Tensor> gradients;
  for (const int threads : {1, 2, 3}) {
    core::set_thread_count(threads);
    Parameters parameters(layout, tft->initial(layout, 7), DeviceKind::cpu, true);
    core::RandomStream random(3, "test");
    std::vector<float> x(130 * 140 * 10), s(130 * 3);
    for (float& v : x) v = static_cast<float>(random.normal());
    for (float& v : s) v = static_cast<float>(random.normal());
    Dropout dropout;
    dropout.start(5, 9);
    ForwardCall call;
    call.x = tensor_of(x, {130, 140, 10}, at::Device(at::kCPU));
    call.statics = tensor_of(s, {130, 3}, at::Device(at::kCPU));
    call.outputs = 40;
    call.dropout = &dropout;
    tft->forward(parameters, call).square().sum().backward();
    gradients.push_back(parameters.gradient().clone());
  }
  core::set_thread_count(2);
  EXPECT_GT(gradients[0].abs().max().item<double>(), 0);
  EXPECT_TRUE(gradients[1].equal(gradients[0]));
  EXPECT_TRUE(gradients[2].equal(gradients[0]));
}

LearnParams tft_params() {
  LearnParams p = tiny::params();
  p.model.architecture = "tft";
  p.model.tft.attention_heads = 2;
  p.training.learning_rate = 0.01;
  p.ensemble.members = 1;
  return p;
}

// Pooled NSE over the windows of the test period.
double skill(Model& model, const SeriesSet& set, const LearnParams& p) {
  core::Log log(true);
  core::Context context{log, false};
  const std::vector<StepRange> ranges(set.entities.size(), {tiny::kValidationEnd, tiny::kSteps});
  const Predictions out = predict(model, set, make_windows(set, ranges, p.window, true).windows, context);
  double sse = 0, sum = 0, squares = 0, n = 0;
  for (std::size_t w = 0; w < out.windows.size(); ++w) {
    for (std::size_t i = 0; i < out.windows[w].scored(); ++i) {
      const double y =
          set.entities[out.windows[w].entity].targets[out.windows[w].first + out.windows[w].warmup + i];
      if (std::isnan(y)) continue;
      const double e = y - out.at(0, out.offsets[w] + i, 0);
      sse += e * e;
      sum += y;
      squares += y * y;
      ++n;
    }
  }
  return 1 - sse / (squares - sum * sum / n);
}

TEST(Tft, it_learns_reservoirs_in_every_mode) {
  const SeriesSet set = tiny::reservoirs();
  for (const WindowMode mode : {WindowMode::simulation, WindowMode::forecast}) {
    LearnParams p = tft_params();
    p.training.epochs = 60;
    p.model.output_dropout = 0;
    p.training.early_stopping_patience = 0;
    p.window.mode = mode;
    p.window.horizon = 10;
    if (mode == WindowMode::forecast) p.window.stride = 10;
    const tiny::TemporaryFolder folder;
    ASSERT_TRUE(tiny::train(set, p, folder.path).usable());
    const auto model = load_model(folder.path);
    EXPECT_FALSE(model->description().carries_state);
    EXPECT_GT(skill(*model, set, p), 0.8) << "mode " << static_cast<int>(mode);
  }
}

TEST(Tft, training_resumes_exactly_for_any_number_of_threads) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = tft_params();
  p.training.epochs = 4;
  p.ensemble.members = 2;
  const tiny::TemporaryFolder calm, stopped;
  core::set_thread_count(1);
  tiny::train(set, p, calm.path);
  core::set_thread_count(2);
  core::Log log(true);
  core::Context context{log, false};
  struct Stop {};
  TrainTask task{.folder = stopped.path};
  task.keep_going = [](std::size_t, const EpochRecord& r) -> bool {
    if (r.epoch == 2) throw Stop{};
    return true;
  };
  EXPECT_THROW(train_ensemble(set, tiny::split(set, p), p, task, context), Stop);
  tiny::train(set, p, stopped.path, ResumeMode::exact);
  EXPECT_EQ(tiny::folder_hash(calm.path), tiny::folder_hash(stopped.path));
}

// Against central differences of its own values, at the first scored step and over a whole window.
TEST(Tft, it_is_differentiable_with_respect_to_its_inputs) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = tft_params();
  p.training.epochs = 4;
  const tiny::TemporaryFolder folder;
  tiny::train(set, p, folder.path);
  const auto model = load_model(folder.path);
  for (const std::size_t lags : {std::size_t{41}, std::size_t{80}}) {
    const auto f = make_differentiable(*model, 0, 0, lags);
    std::vector<float> x(lags * 2), s = {0.5F}, gradient(x.size()), ignored(1);
    core::RandomStream random(4, "test");
    for (float& v : x) v = static_cast<float>(random.normal());
    f->value_and_gradient(1, x.data(), s.data(), ignored.data(), gradient.data());
    double error = 0, largest = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const float kept = x[i];
      float high = 0, low = 0;
      x[i] = kept + 0.01F;
      f->value(1, x.data(), s.data(), &high);
      x[i] = kept - 0.01F;
      f->value(1, x.data(), s.data(), &low);
      x[i] = kept;
      const double difference = static_cast<double>(high - low) / 0.02;
      error = std::max(error, std::fabs(difference - static_cast<double>(gradient[i])));
      largest = std::max(largest, std::fabs(difference));
    }
    EXPECT_GT(largest, 1e-3);
    EXPECT_LT(error, 0.01 * largest + 1e-5) << lags;
  }
}

std::string problems_of(const LearnParams& p) {
  core::Problems problems;
  check_settings(p, architecture_names(), problems);
  return problems.empty() ? "" : core::InputError(problems.items()).what();
}

TEST(Tft, settings_that_it_has_no_use_for_are_refused) {
  EXPECT_EQ(problems_of(tft_params()), "");
  LearnParams p = tft_params();
  p.model.cell = CellKind::gru;
  p.model.layers = 2;
  p.model.cnn.channels = 4;
  p.model.static_attributes = StaticUse::initial_state;
  p.model.tft.attention_heads = 3;
  p.window.predict_last_n = 80;
  const std::string text = problems_of(p);
  for (const char* what : {"model.cell", "model.layers", "model.cnn.channels", "model.static_attributes",
                           "model.tft.attention_heads", "window.predict_last_n"})
    EXPECT_NE(text.find(what), std::string::npos) << what << "\n" << text;
}

}  // namespace
}  // namespace phreatic::learn
