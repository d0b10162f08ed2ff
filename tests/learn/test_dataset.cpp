// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/samples/dataset.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/settings.hpp"

namespace phreatic::learn {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

SeriesSet make_set(std::size_t length) {
  SeriesSet set{
      .features = {"P"}, .past_features = {}, .statics = {}, .targets = {Target{"level"}}, .entities = {}};
  Series s{
      .name = "W1", .length = length, .inputs = {}, .past = {}, .statics = {}, .targets = {}, .weights = {}};
  for (std::size_t t = 0; t < length; ++t) {
    s.inputs.push_back(static_cast<float>(t));
    s.targets.push_back(static_cast<float>(10 * t));
  }
  set.entities.push_back(s);
  return set;
}

TEST(Windows, simulation_scores_every_step_of_the_range_once) {
  const SeriesSet set = make_set(30);
  const WindowParams params{.seq_length = 8, .predict_last_n = 5};
  const WindowList list = make_windows(set, {{6, 24}}, params, true);  // 18 steps = 5 + 5 + 5 + 3
  std::vector<int> scored(30, 0);
  for (const Window& w : list.windows) {
    EXPECT_EQ(w.length, 8U);
    for (std::size_t t = w.first + w.warmup; t < w.first + w.length; ++t) ++scored[t];
  }
  for (std::size_t t = 0; t < 30; ++t) EXPECT_EQ(scored[t], t >= 6 && t < 24 ? 1 : 0) << t;
}

TEST(Windows, too_early_and_gaps_are_counted) {
  SeriesSet set = make_set(20);
  const WindowParams params{.mode = WindowMode::last_step, .seq_length = 5};
  set.entities[0].inputs[10] = kNan;
  set.entities[0].targets[8] = kNan;
  const WindowList list = make_windows(set, {{0, 20}}, params, true);
  EXPECT_EQ(list.too_early, 4U);   // dates 0..3
  EXPECT_EQ(list.input_gap, 5U);   // dates 10..14 look back over step 10
  EXPECT_EQ(list.no_targets, 1U);  // date 8
  EXPECT_EQ(list.windows.size(), 10U);
  for (const Window& w : list.windows) EXPECT_EQ(w.scored(), 1U);
}

TEST(Windows, stride_larger_than_the_scored_part) {
  const SeriesSet set = make_set(40);
  const WindowParams params{.seq_length = 6, .predict_last_n = 2, .stride = 5};
  const WindowList list = make_windows(set, {{10, 21}}, params, false);
  ASSERT_EQ(list.windows.size(), 2U + 1U);
  EXPECT_EQ(list.windows[0], (Window{0, 6, 6, 4}));
  EXPECT_EQ(list.windows[1], (Window{0, 11, 6, 4}));
  for (const Window& w : list.windows) EXPECT_GE(w.warmup, 4U);
  EXPECT_EQ(list.windows[2], (Window{0, 15, 6, 4}));
}

TEST(Windows, forecast_hides_the_past_inputs_of_the_horizon) {
  SeriesSet set = make_set(12);
  set.past_features = {"level"};
  set.entities[0].past = set.entities[0].targets;
  set.entities[0].past[3] = kNan;
  const WindowParams params{.mode = WindowMode::forecast, .seq_length = 4, .horizon = 3};
  const WindowList list = make_windows(set, {{5, 8}}, params, true);
  ASSERT_EQ(list.windows.size(), 1U);
  const Window w = list.windows[0];
  EXPECT_EQ(w, (Window{0, 1, 7, 4}));
  std::vector<float> seen(w.length * set.channels());
  encode_window(set, w, seen.data());
  const std::vector<float> expected = {1, 10, 1, 2, 20, 1, 3, 0, 0, 4, 40, 1, 5, 0, 0, 6, 0, 0, 7, 0, 0};
  EXPECT_EQ(seen, expected);
}

TEST(Windows, whole_series_takes_the_warm_up_that_is_there) {
  SeriesSet set = make_set(20);
  set.entities[0].inputs[2] = kNan;
  EXPECT_EQ(whole_series(set, {{10, 20}}, 4).windows[0], (Window{0, 6, 14, 4}));
  EXPECT_EQ(whole_series(set, {{10, 20}}, 100).windows[0], (Window{0, 3, 17, 7}));
  EXPECT_EQ(whole_series(set, {{1, 20}}, 4).input_gap, 1U);
}

TEST(Dataset, wrong_sizes_and_values_are_named_all_at_once) {
  SeriesSet set = make_set(5);
  set.statics = {"depth"};
  set.entities[0].inputs[1] = std::numeric_limits<float>::infinity();
  set.entities[0].targets.pop_back();
  try {
    check(set);
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_EQ(error.problems().size(), 3U) << error.what();
  }
}

TEST(Settings, what_no_single_field_can_see) {
  const SeriesSet set = make_set(5);
  LearnParams params;
  EXPECT_NO_THROW(check(params, set));
  params.loss.kind = LossKind::quantile;
  params.loss.quantiles = {0.5, 0.1};
  params.model.architecture = "abacus";
  params.model.static_attributes = StaticUse::initial_state;
  try {
    check(params, set);
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_EQ(error.problems().size(), 3U) << error.what();
  }
}

TEST(Settings, resolved_settings_read_back_the_same) {
  LearnParams params;
  params.model.cell = CellKind::gru;
  params.window.predict_last_n = 7;
  params.training.learning_rate = 0.1 + 0.2;
  const std::string text = core::to_yaml(params);
  LearnParams again;
  core::Problems problems;
  core::read_params(core::parse_yaml(text, "x.yml"), again, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(core::to_yaml(again), text);
  EXPECT_EQ(again.training.learning_rate, params.training.learning_rate);
}

}  // namespace
}  // namespace phreatic::learn
