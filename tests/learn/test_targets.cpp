// SPDX-License-Identifier: BSD-3-Clause
// Several targets in one network: entities that have only some of them, losses, anchors and observation steps
// of their own.
#include <gtest/gtest.h>

#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/samples/batches.hpp"
#include "tests/learn/tiny_task.hpp"

namespace phreatic::learn {
namespace {

// Wells with levels, one mean of five steps at the last of them; gauges with the flow out of their reservoir
// at each step. Wells have no flow, gauges no level.
SeriesSet wells_and_gauges() {
  SeriesSet set = tiny::reservoirs(4);
  set.targets = {Target{.name = "level", .interval = 5},
                 Target{.name = "discharge", .loss = LossParams{.kind = LossKind::mse}, .weight = 0.5}};
  for (std::size_t e = 0; e < 4; ++e) {
    Series& s = set.entities[e];
    for (std::size_t t = 0; t < s.length; t += 7) s.targets[t] = t == 0 ? 0.0F : s.targets[t - 1];
    std::vector<float> both(2 * s.length, std::nanf(""));
    for (std::size_t t = 4; t < s.length; ++t) {
      float mean = 0;
      for (std::size_t i = t - 4; i <= t; ++i) mean += s.targets[i] / 5;
      if (e < 2 && t % 5 == 4) both[2 * t] = mean;
      if (e >= 2) both[2 * t + 1] = 2 * s.targets[t] + 0.5F;
    }
    s.targets = both;
  }
  return set;
}

TEST(Targets, levels_at_wells_and_discharge_at_gauges_are_learnt_by_one_network) {
  const SeriesSet set = wells_and_gauges();
  LearnParams p = tiny::params();
  p.training.epochs = 40;
  p.training.schedule.kind = ScheduleKind::cosine;
  const tiny::TemporaryFolder folder;
  ASSERT_TRUE(tiny::train(set, p, folder.path).usable());
  const auto model = load_model(folder.path);
  EXPECT_EQ(model->description().targets[0].interval, 5U);
  EXPECT_EQ(model->description().targets[1].weight, 0.5);
  EXPECT_EQ(model->description().targets[1].loss->kind, LossKind::mse);
  core::Log log(true);
  core::Context context{log, false};
  const WindowList list = whole_series(set, std::vector<StepRange>(4, {750, 900}), 80);
  const Predictions out = predict(*model, set, list.windows, context);
  ASSERT_EQ(out.targets(), 2U);
  for (std::size_t w = 0; w < 4; ++w) {
    const Window& window = out.windows[w];
    const std::size_t k = window.entity < 2 ? 0 : 1;
    double sse = 0, sum = 0, squares = 0, n = 0;
    for (std::size_t i = 5; i < window.scored(); ++i) {
      const double y = set.entities[window.entity].targets[(window.first + window.warmup + i) * 2 + k];
      if (std::isnan(y)) continue;
      double f = out.at(0, out.offsets[w] + i, k);
      if (k == 0) {
        f = 0;
        for (std::size_t j = i - 4; j <= i; ++j) f += out.at(0, out.offsets[w] + j, 0) / 5;
      }
      sse += (y - f) * (y - f);
      sum += y;
      squares += y * y;
      ++n;
    }
    EXPECT_GT(1 - sse / (squares - sum * sum / n), 0.85) << "entity " << window.entity;
  }
}

TEST(Targets, an_observation_counts_only_where_its_whole_interval_has_outputs) {
  const SeriesSet set = wells_and_gauges();
  Batch batch;
  // Steps 0..11 with two of warm-up: the mean that stands at 4 begins at 0, the one at 9 at 5.
  const std::vector<Window> windows = {{0, 0, 12, 2}};
  batch_inputs(set, windows, longest_reach(set.targets), batch);
  EXPECT_EQ(batch.lead, 2U);
  EXPECT_EQ(batch.outputs(), 12U);
  const std::vector<double> weights(8, 1.0);
  batch_targets(set, windows, weights, batch);
  EXPECT_EQ(batch.observed, (std::vector<double>{2, 0}));
  // From step 2 on the mean at 4 lacks two of its steps.
  const std::vector<Window> later = {{0, 2, 10, 1}};
  batch_inputs(set, later, longest_reach(set.targets), batch);
  batch_targets(set, later, weights, batch);
  EXPECT_EQ(batch.observed, (std::vector<double>{1, 0}));
}

// Forecasts of a level as change from its last value beside a discharge as it is.
TEST(Targets, each_has_its_own_anchor) {
  SeriesSet set = wells_and_gauges();
  set.targets[0] = Target{.name = "level", .anchor = "past_level"};
  set.past_features = {"past_level"};
  for (Series& s : set.entities) {
    s.past.assign(s.length, 0.25F);
    for (std::size_t t = 0; t < s.length; ++t) s.targets[2 * t] = 1;
  }
  set.entities[3].past.assign(set.entities[3].length, std::nanf(""));  // a gauge: no level is ever known
  LearnParams p = tiny::params();
  p.window = {.mode = WindowMode::forecast, .seq_length = 10, .horizon = 3};
  Batch batch;
  const std::vector<Window> windows = {{2, 100, 13, 10}, {3, 100, 13, 10}};
  batch_inputs(set, windows, 0, batch);
  batch_targets(set, windows, std::vector<double>(8, 1.0), batch);
  EXPECT_FLOAT_EQ(batch.target[0], 0.75F);
  EXPECT_FLOAT_EQ(batch.target[1], set.entities[2].targets[2 * 110 + 1]);
  EXPECT_EQ(batch.observed, (std::vector<double>{3, 6}));
  // Windows without the one anchor stay for the sake of the other target.
  const WindowList list = make_windows(set, {{}, {}, {}, {100, 110}}, p.window, true);
  EXPECT_EQ(list.no_anchor, 0U);
  EXPECT_EQ(list.windows.size(), 8U);
  p.training.epochs = 1;
  const tiny::TemporaryFolder folder;
  tiny::train(set, p, folder.path);
  core::Log log(true);
  core::Context context{log, false};
  const Predictions out = predict(*load_model(folder.path), set, windows, context);
  EXPECT_FALSE(std::isnan(out.at(0, 0, 0)));
  EXPECT_TRUE(std::isnan(out.at(0, 3, 0)));   // its level cannot be forecast
  EXPECT_FALSE(std::isnan(out.at(0, 3, 1)));  // its discharge can
}

TEST(Targets, validation_that_is_needed_and_not_there_is_refused_by_name) {
  const SeriesSet set = tiny::reservoirs();
  const LearnParams p = tiny::params();
  WindowSplit windows = tiny::split(set, p);
  windows.validation.clear();
  const tiny::TemporaryFolder folder;
  core::Log log(true);
  core::Context context{log, false};
  const TrainTask task{.folder = folder.path, .needs_validation = true};
  EXPECT_THROW(train_ensemble(set, windows, p, task, context), core::InputError);
}

// Drift is judged from the observations: a line, a late rise, and neither; the shares by hand.
TEST(Drift, levels_that_leave_their_range_or_follow_a_line_are_told) {
  std::vector<double> steps, line, season, late;
  for (int i = 0; i < 400; ++i) {
    steps.push_back(i);
    line.push_back(0.02 * i);
    season.push_back(std::sin(i * 2 * 3.14159265358979 / 50));
    late.push_back(season.back() + (i < 340 ? 0 : 3));
  }
  EXPECT_NEAR(drift_of(steps, line).trend, 1, 1e-12);
  EXPECT_DOUBLE_EQ(drift_of(steps, line).outside, 1);
  EXPECT_LT(drift_of(steps, season).trend, 0.05);
  EXPECT_LT(drift_of(steps, season).outside, 0.05);
  EXPECT_NEAR(drift_of(steps, late).outside, 0.6, 0.02);  // 60 of the last 100
  steps.resize(39);
  line.resize(39);
  EXPECT_EQ(drift_of(steps, line).outside, 0);  // too few to tell
}

// Where nothing drifts `auto` is the plain training, bit for bit.
TEST(Drift, without_drift_nothing_is_changed_and_with_it_the_model_says_what_it_used) {
  SeriesSet set = tiny::reservoirs(5);
  LearnParams p = tiny::params();
  p.ensemble.members = 1;
  p.training.epochs = 3;
  const tiny::TemporaryFolder unasked, plain;
  EXPECT_TRUE(tiny::train(set, p, unasked.path).drifting.empty());
  p.training.validation_score = ValidationScore::pooled;
  p.training.entity_weights = EntityWeights::equal;
  tiny::train(set, p, plain.path);
  EXPECT_EQ(core::read_file(unasked.path / "member_000.safetensors"),
            core::read_file(plain.path / "member_000.safetensors"));
  EXPECT_EQ(core::read_file(unasked.path / "model.json"), core::read_file(plain.path / "model.json"));
  for (std::size_t t = 0; t < tiny::kSteps; ++t) set.entities[2].targets[t] += 0.01F * static_cast<float>(t);
  p.training = LearnParams().training;
  p.training.epochs = 2;
  const TrainResult result = tiny::train(set, p, unasked.path);
  ASSERT_EQ(result.drifting.size(), 1U);
  EXPECT_EQ(result.drifting[0].entity, "W2");
  EXPECT_NE(core::read_file(unasked.path / "model.json").find("robust"), std::string::npos);
}

// Entities whose level drifts away after the training period: they stop a pooled validation at once, but not
// what is done about them unasked.
TEST(Targets, a_few_drifting_entities_do_not_stop_the_training_of_all) {
  SeriesSet set = tiny::reservoirs(8);
  for (std::size_t e = 0; e < 2; ++e) {
    for (std::size_t t = tiny::kTrainEnd; t < tiny::kSteps; ++t)
      set.entities[e].targets[t] += 0.05F * static_cast<float>(t - tiny::kTrainEnd);
  }
  LearnParams p = tiny::params();
  p.ensemble.members = 1;
  p.training.early_stopping_patience = 3;
  const tiny::TemporaryFolder pooled, robust;
  const ValidationScore unasked = p.training.validation_score;
  p.training.validation_score = ValidationScore::pooled;
  p.training.entity_weights = EntityWeights::equal;
  const MemberResult a = tiny::train(set, p, pooled.path).members[0];
  p.training.validation_score = unasked;
  p.training.entity_weights = EntityWeights::automatic;
  const MemberResult b = tiny::train(set, p, robust.path).members[0];
  EXPECT_GT(b.best_epoch, a.best_epoch);
  EXPECT_GT(tiny::skill(*load_model(robust.path), tiny::reservoirs(8), 750, 900),
            tiny::skill(*load_model(pooled.path), tiny::reservoirs(8), 750, 900));
}

}  // namespace
}  // namespace phreatic::learn
