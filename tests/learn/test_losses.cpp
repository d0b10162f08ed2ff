// SPDX-License-Identifier: BSD-3-Clause
// Losses by hand, and Adam against torch.optim (tests/reference/learn/adam_steps.py).
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <vector>

#include "phreatic/learn/samples/batches.hpp"
#include "phreatic/learn/training/adam_torch.hpp"
#include "phreatic/learn/training/losses_torch.hpp"
#include "phreatic/learn/training/robust.hpp"
#include "phreatic/learn/training/validation_torch.hpp"

namespace phreatic::learn {
namespace {

at::Tensor column(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble).reshape({-1, 1});
}

std::vector<TargetLoss> one(const LossParams& params) { return {TargetLoss{params}}; }

double loss_value(const LossParams& params, const std::vector<double>& f, const std::vector<double>& y,
                  const std::vector<double>& w) {
  double observed = 0;
  for (const double v : w) observed += v > 0 ? 1 : 0;
  return masked_loss(one(params), {column(f), column(y), column(w), {observed}}).item<double>();
}

TEST(Losses, squared_absolute_and_huber_by_hand) {
  const std::vector<double> f = {0.5, -1.0, 2.0, 4.0};
  const std::vector<double> y = {1.0, 1.0, 2.5, 0.5};  // errors 0.5, 2, 0.5, -3.5
  const std::vector<double> w = {1, 1, 1, 1};
  EXPECT_NEAR(loss_value({.kind = LossKind::mse}, f, y, w), (0.25 + 4 + 0.25 + 12.25) / 4, 1e-12);
  EXPECT_NEAR(loss_value({.kind = LossKind::mae}, f, y, w), 6.5 / 4, 1e-12);
  // 0.125, 0.75 * 1.625, 0.125, 0.75 * 3.125; torch: 0.953125
  EXPECT_NEAR(loss_value({.kind = LossKind::huber, .huber_delta = 0.75}, f, y, w), 0.953125, 1e-12);
}

TEST(Losses, entity_weights_multiply_and_the_mean_counts_observations) {
  const std::vector<double> f = {0, 0, 0};
  const std::vector<double> y = {1, 2, 100};
  EXPECT_NEAR(loss_value({.kind = LossKind::nse}, f, y, {4, 0.25, 0}), (4 + 1) / 2.0, 1e-12);
}

TEST(Losses, one_minus_r2_is_the_squared_correlation_and_blind_to_bias_and_scale) {
  const std::vector<double> f = {0.5, -1.0, 2.0, 4.0};
  const std::vector<double> y = {1.0, 1.0, 2.5, 0.5};
  const std::vector<double> w = {1, 1, 1, 1};
  const LossParams params{.kind = LossKind::one_minus_r2};
  EXPECT_NEAR(loss_value(params, f, y, w), 0.9954337899543378, 1e-12);  // torch.corrcoef
  std::vector<double> moved;
  for (const double v : f) moved.push_back(-3 * v + 100);
  EXPECT_NEAR(loss_value(params, moved, y, w), 0.9954337899543378, 1e-12);
  EXPECT_NEAR(loss_value(params, {1, 1, 1, 1}, y, w), 1.0, 1e-12);
}

TEST(Losses, pinball_by_hand) {
  const LossParams params{.kind = LossKind::quantile, .quantiles = {0.1, 0.9}};
  const at::Tensor f = at::tensor(std::vector<double>{1, 3, 5, 6}, at::kDouble).reshape({2, 2});
  const at::Tensor y = column({2, 2});
  // row 1: e = 1, -1 -> 0.1, 0.1; row 2: e = -3, -4 -> 2.7, 0.4
  EXPECT_NEAR(masked_loss(one(params), {f, y, column({1, 1}), {2}}).item<double>(),
              (0.1 + 0.1 + 2.7 + 0.4) / 2, 1e-12);
}

TEST(Losses, tasks_are_summed_with_their_weights_and_an_unobserved_task_adds_nothing) {
  const LossParams mse{.kind = LossKind::mse};
  const std::vector<TargetLoss> losses = {{mse, 2}, {mse, 3}, {mse, 5}};
  const at::Tensor f = at::tensor(std::vector<double>{0, 0, 9, 0, 0, 9}, at::kDouble).reshape({2, 3});
  const at::Tensor y = at::tensor(std::vector<double>{1, 2, 0, 3, 0, 0}, at::kDouble).reshape({2, 3});
  const at::Tensor w = at::tensor(std::vector<double>{1, 1, 0, 1, 0, 0}, at::kDouble).reshape({2, 3});
  EXPECT_NEAR(masked_loss(losses, {f, y, w, {2, 1, 0}}).item<double>(), 2 * 5.0 + 3 * 4.0, 1e-12);
}

// A squared loss, a pinball loss of two quantiles and an absolute one side by side: each by hand.
TEST(Losses, targets_have_losses_and_numbers_of_outputs_of_their_own) {
  const std::vector<TargetLoss> losses = {{{.kind = LossKind::mse}, 1},
                                          {{.kind = LossKind::quantile, .quantiles = {0.1, 0.9}}, 10},
                                          {{.kind = LossKind::mae}, 100}};
  ASSERT_EQ(heads_of(losses), 4U);
  const at::Tensor f = at::tensor(std::vector<double>{0.5, 1, 3, 7}, at::kDouble).reshape({1, 4});
  const at::Tensor y = at::tensor(std::vector<double>{1, 2, 4}, at::kDouble).reshape({1, 3});
  const at::Tensor w = at::tensor(std::vector<double>{1, 1, 1}, at::kDouble).reshape({1, 3});
  EXPECT_NEAR(masked_loss(losses, {f, y, w, {1, 1, 1}}).item<double>(), 0.25 + 10 * 0.2 + 100 * 3, 1e-12);
}

// Outputs 0, 1, 2, ... of a target with an interval of 3 steps beside one that is observed at each step; two
// steps stand before the scored ones.
TEST(Losses, an_observation_is_compared_with_the_mean_over_its_interval) {
  const LossParams mse{.kind = LossKind::mse};
  const std::vector<TargetLoss> losses = {{mse, 1, 3}, {mse, 1, 1}};
  std::vector<double> outputs;
  for (int t = 0; t < 6; ++t) outputs.insert(outputs.end(), {t * t * 1.0, 10.0 * t});
  const at::Tensor f = at::tensor(outputs, at::kDouble).reshape({1, 6, 2});
  const at::Tensor means = interval_means(f, losses, 2);
  ASSERT_EQ(means.size(1), 4);
  for (int k = 0; k < 4; ++k) {
    const double t = k + 2;
    EXPECT_NEAR(means[0][k][0].item<double>(), ((t - 2) * (t - 2) + (t - 1) * (t - 1) + t * t) / 3, 1e-12);
    EXPECT_EQ(means[0][k][1].item<double>(), 10 * t);
  }
  // With one step before them the first mean is of no use, the others are the same.
  const at::Tensor fewer = interval_means(f.narrow(1, 1, 5), losses, 1);
  EXPECT_TRUE(fewer.narrow(1, 1, 3).allclose(means.narrow(1, 1, 3)));
}

TEST(Losses, masked_steps_have_no_gradient) {
  for (const LossKind kind :
       {LossKind::nse, LossKind::one_minus_r2, LossKind::mse, LossKind::mae, LossKind::huber}) {
    at::Tensor f = column({0.5, -1.0, 2.0, 4.0}).set_requires_grad(true);
    masked_loss(one({.kind = kind}), {f, column({1, 0, 2, 5}), column({1, 0, 2, 1}), {3}}).backward();
    EXPECT_EQ(f.grad()[1].item<double>(), 0.0);
    EXPECT_NE(f.grad()[0].item<double>(), 0.0);
  }
}

TEST(LossWeights, nse_divides_by_the_variance_of_what_is_scored_in_training) {
  SeriesSet set{
      .features = {"P"}, .past_features = {}, .statics = {}, .targets = {Target{"level"}}, .entities = {}};
  Series s{.name = "W", .length = 6, .inputs = std::vector<float>(6), .past = {}, .statics = {}};
  s.targets = {1000, 1, 3, std::nanf(""), 5, 1000};  // scored: 1, 3, 5 -> variance 8/3
  s.weights = {2};
  set.entities.push_back(s);
  const std::vector<Window> training = {{0, 0, 4, 1}, {0, 1, 4, 2}};
  const double deviation = std::sqrt(8.0 / 3) + 0.1;
  EXPECT_NEAR(loss_weights(set, training, {})[0], 2 / (deviation * deviation), 1e-12);
  EXPECT_EQ(loss_weights(set, training, {.loss = {.kind = LossKind::mse}})[0], 2);
}

TEST(ValidationScore, median_and_middle_half_by_hand) {
  EXPECT_EQ(score_of({5, 1, 100}, ValidationScore::median), 5);
  EXPECT_EQ(score_of({5, 1, 100, 7}, ValidationScore::median), 6);
  EXPECT_EQ(score_of({1, 2, 3, 4, 5, 6, 7, 1e9}, ValidationScore::middle_half), 4.5);
  EXPECT_EQ(score_of({3, 4}, ValidationScore::middle_half), 3.5);
  EXPECT_EQ(score_of({1, 2, std::nan(""), 3, 4}, ValidationScore::middle_half), 3);
}

TEST(ValidationScore, bounded_cuts_at_three_medians) {
  EXPECT_EQ(score_of({1, 2, 3}, ValidationScore::bounded), 2);
  EXPECT_EQ(score_of({1, 2, 1e9}, ValidationScore::bounded), 3);  // 1, 2 and 6
  EXPECT_EQ(score_of({4}, ValidationScore::bounded), 4);
}

TEST(RobustFactors, beyond_the_ratio_weight_falls_with_the_square) {
  // Mean squared errors 1, 2, 3, 12; median 2.5.
  const EntityErrors errors{{10, 20, 30, 12}, {10, 10, 10, 1}};
  EXPECT_EQ(robust_factors(errors, 2), (std::vector<double>{1, 1, 1, std::pow(5.0 / 12, 2)}));
  EXPECT_EQ(robust_factors({{1, 100}, {1, 1}}, 2),
            (std::vector<double>{1, 1}));  // two say nothing of each other
  EXPECT_EQ(robust_factors({{0, 1, 1, 8}, {0, 1, 1, 1}}, 4), (std::vector<double>{1, 1, 1, 0.25}));
}

TEST(Adam, three_updates_as_torch_optim_makes_them) {
  const std::vector<std::vector<double>> gradients = {{0.1, -0.2, 3.0}, {0.3, 0.1, -1.0}, {-0.5, 0.0, 0.25}};
  const std::vector<double> adam = {0.4806949914, -0.9764295851, 1.9808525622};
  const std::vector<double> adamw = {0.4809620005, -0.9823034898, 1.9764398129};
  for (const OptimizerKind kind : {OptimizerKind::adam, OptimizerKind::adamw}) {
    const TrainingParams params{.optimizer = kind, .weight_decay = 0.1};
    at::Tensor p = at::tensor(std::vector<double>{0.5, -1.0, 2.0}, at::kDouble);
    AdamState state{at::zeros_like(p), at::zeros_like(p), 0};
    for (const auto& values : gradients) {
      at::Tensor g = at::tensor(values, at::kDouble);
      adam_update(params, 0.01, p, g, state);
    }
    for (int i = 0; i < 3; ++i)
      EXPECT_NEAR(p[i].item<double>(),
                  (kind == OptimizerKind::adam ? adam : adamw)[static_cast<std::size_t>(i)], 1e-10);
  }
}

TEST(Adam, clipping_scales_to_the_limit) {
  at::Tensor g = at::tensor(std::vector<double>{3, 4}, at::kDouble);
  EXPECT_DOUBLE_EQ(clip_gradient(g, 10), 5);
  EXPECT_DOUBLE_EQ(g[0].item<double>(), 3);
  EXPECT_DOUBLE_EQ(clip_gradient(g, 1), 5);
  EXPECT_DOUBLE_EQ(g[0].item<double>(), 0.6);
  EXPECT_DOUBLE_EQ(clip_gradient(g, 0), 1);
}

}  // namespace
}  // namespace phreatic::learn
