// SPDX-License-Identifier: BSD-3-Clause
// Losses with masks, as scalars that autograd can differentiate. Private to learn.
//
//   per target k, over its observed steps i of the batch, e = y_i - f_i, w_i the entity's weight, f_i the
// mean
//   of the outputs over the observation's interval:
//   nse, mse  sum w e^2 / n          (nse: w = 1 / (s + eps)^2, Kratzert et al. 2019)
//   mae       sum w |e| / n
//   huber     sum w h(e) / n, h = e^2 / 2 where |e| <= delta, delta (|e| - delta / 2) beyond
//   quantile  sum_q sum w max(q e_q, (q - 1) e_q) / n      (pinball, summed over quantiles)
//   one_minus_r2   1 - r^2, r the weighted Pearson correlation of y and f over the batch; 1 when either is
//             constant; blind to bias and scale
//   loss = sum_k weight_k * loss_k; a target without observations adds nothing.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "phreatic/learn/settings.hpp"

namespace phreatic::learn {

// A target as the loss sees it.
struct TargetLoss {
  LossParams loss;
  double weight = 1;
  std::size_t interval = 1;
};
std::vector<TargetLoss> target_losses(const LearnParams& params, std::span<const Target> targets);
std::size_t heads_of(std::span<const TargetLoss> targets);

// outputs [B][lead + scored][heads] -> what observations at the scored steps are compared with,
// [B][scored][heads]: each target's mean over the steps of its interval. Where an interval begins before the
// outputs the mean is of no use; such observations are masked.
at::Tensor interval_means(const at::Tensor& outputs, std::span<const TargetLoss> targets, std::int64_t lead);

struct LossInput {
  at::Tensor prediction;         // [...][heads], interval means
  at::Tensor target;             // [...][targets]; 0 where masked
  at::Tensor weight;             // [...][targets]; 0 where masked
  std::vector<double> observed;  // [targets], n
};

at::Tensor masked_loss(std::span<const TargetLoss> targets, const LossInput& input);

}  // namespace phreatic::learn
