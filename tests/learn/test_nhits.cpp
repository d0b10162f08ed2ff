// SPDX-License-Identifier: BSD-3-Clause
// N-HiTS against neuralforecast (tests/reference/learn/nhits_fixture.py), and through training and resume.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/learn/architectures/nhits/nhits.hpp"
#include "phreatic/learn/check_settings.hpp"
#include "tests/learn/fixture_torch.hpp"
#include "tests/learn/tiny_task.hpp"

namespace phreatic::learn {
namespace {

struct Case {
  std::string name;
  std::size_t drivers, past_features, statics, outputs, past, horizon;
  std::vector<int> pooling, downsampling;
};
// As in nhits_fixture.py.
const std::vector<Case> kCases = {{"known_drivers", 2, 1, 2, 1, 10, 4, {2, 2, 1}, {4, 2, 1}},
                                  {"quantiles", 1, 2, 0, 3, 9, 6, {4, 2, 1}, {6, 3, 1}},
                                  {"level_alone", 0, 1, 0, 1, 7, 3, {3, 1}, {3, 1}}};

TEST(Nhits, outputs_and_gradients_are_those_of_neuralforecast) {
  for (const Case& c : kCases) {
    const Fixture fixture("nhits_" + c.name);
    ModelParams model;
    model.architecture = "nhits";
    model.hidden_size = 8;
    model.layers = 2;
    model.output_dropout = 0;
    model.nhits = {c.pooling, c.downsampling};
    const auto nhits = make_nhits(model, {.features = c.drivers,
                                          .past_features = c.past_features,
                                          .statics = c.statics,
                                          .outputs = {c.outputs},
                                          .steps = c.past + c.horizon,
                                          .scored = c.horizon});
    const ParameterLayout layout = nhits->layout();
    ASSERT_EQ(layout.parameters.size(), fixture.parameters()) << c.name;
    Parameters parameters(layout, fixture.flat(layout), DeviceKind::cpu, true);
    ForwardCall call;
    call.x = fixture.at("x");
    call.x.set_requires_grad(true);
    if (c.statics > 0) call.statics = fixture.at("statics");
    call.outputs = static_cast<std::int64_t>(c.horizon);
    const at::Tensor y = nhits->forward(parameters, call);
    expect_close(y.detach(), fixture.at("y"), 1e-5, c.name + " y");
    (y * fixture.at("weight")).sum().backward();
    // neuralforecast's forecast starts from the last level; so does its gradient, which the fixture takes off.
    expect_close(call.x.grad(), fixture.at("gradient.x"), 1e-5, c.name + " dx");
    for (const Parameter& p : layout.parameters)
      expect_close(parameters.at(p.name).grad(), fixture.at("gradient." + p.name), 1e-5,
                   c.name + " " + p.name);
  }
}

LearnParams nhits_params() {
  LearnParams p = tiny::params();
  p.model.architecture = "nhits";
  p.model.hidden_size = 16;
  p.model.layers = 2;
  p.window.mode = WindowMode::forecast;
  p.window.seq_length = 40;
  p.window.horizon = 8;
  p.window.stride = 4;
  p.ensemble.members = 1;
  p.training.epochs = 40;
  p.training.learning_rate = 0.005;
  return p;
}

// Reservoirs whose level is known up to the issue date; what is learnt is the change since then.
SeriesSet gauged_reservoirs() {
  SeriesSet set = tiny::reservoirs();
  set.past_features = {"past_level"};
  set.targets[0].anchor = "past_level";
  for (Series& s : set.entities) {
    s.past = s.targets;
    for (std::size_t t = 1; t < s.length; ++t)
      if (std::isnan(s.past[t])) s.past[t] = s.past[t - 1];
  }
  return set;
}

TEST(Nhits, it_forecasts_reservoirs_better_than_their_last_level) {
  const SeriesSet set = gauged_reservoirs();
  const LearnParams p = nhits_params();
  const tiny::TemporaryFolder folder;
  ASSERT_TRUE(tiny::train(set, p, folder.path).usable());
  const auto model = load_model(folder.path);
  core::Log log(true);
  core::Context context{log, false};
  const std::vector<StepRange> ranges(set.entities.size(), {tiny::kValidationEnd, tiny::kSteps});
  const Predictions out = predict(*model, set, make_windows(set, ranges, p.window, true).windows, context);
  double network = 0, persistence = 0;
  for (std::size_t w = 0; w < out.windows.size(); ++w) {
    const Window& window = out.windows[w];
    const Series& s = set.entities[window.entity];
    const float last = s.past[window.first + window.warmup - 1];
    for (std::size_t i = 0; i < window.scored(); ++i) {
      const double y = s.targets[window.first + window.warmup + i];
      if (std::isnan(y)) continue;
      network += std::pow(y - out.at(0, out.offsets[w] + i, 0), 2);
      persistence += std::pow(y - last, 2);
    }
  }
  EXPECT_LT(network, 0.5 * persistence);
}

TEST(Nhits, training_is_the_same_for_any_number_of_threads) {
  const SeriesSet set = gauged_reservoirs();
  LearnParams p = nhits_params();
  p.training.epochs = 3;
  const tiny::TemporaryFolder one, two;
  core::set_thread_count(1);
  tiny::train(set, p, one.path);
  core::set_thread_count(2);
  tiny::train(set, p, two.path);
  EXPECT_EQ(tiny::folder_hash(one.path), tiny::folder_hash(two.path));
}

TEST(Nhits, simulations_and_blocks_that_do_not_match_are_refused) {
  LearnParams p = nhits_params();
  p.window.mode = WindowMode::simulation;
  p.model.nhits.downsampling = {2};
  core::Problems problems;
  check_settings(p, architecture_names(), problems);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems.items()[0].where, "window.mode");
  EXPECT_EQ(problems.items()[1].where, "model.nhits.downsampling");
  EXPECT_THROW(check(nhits_params(), tiny::reservoirs()), core::InputError);  // without a past level
}

}  // namespace
}  // namespace phreatic::learn
