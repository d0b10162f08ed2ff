// SPDX-License-Identifier: BSD-3-Clause
// Losses with masks, as scalars that autograd can differentiate. Private to learn.
//
//   per task k (target), over the observed steps i of the batch, e = y_i - f_i, w_i the entity's weight:
//   nse, mse  sum w e^2 / n          (nse: w = 1 / (s + eps)^2, Kratzert et al. 2019)
//   mae       sum w |e| / n
//   huber     sum w h(e) / n, h = e^2 / 2 where |e| <= delta, delta (|e| - delta / 2) beyond
//   quantile  sum_q sum w max(q e_q, (q - 1) e_q) / n      (pinball, summed over quantiles)
//   one_minus_r2   1 - r^2, r the weighted Pearson correlation of y and f over the batch; 1 when either is
//             constant; blind to bias and scale
//   loss = sum_k task_weight_k * loss_k; a task without observations adds nothing.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "phreatic/learn/settings.hpp"

namespace phreatic::learn {

struct LossInput {
  at::Tensor prediction;         // [...][targets * outputs]
  at::Tensor target;             // [...][targets]; 0 where masked
  at::Tensor weight;             // [...][targets]; 0 where masked
  std::vector<double> observed;  // [targets], n
};

at::Tensor masked_loss(const LossParams& params, const LossInput& input);

}  // namespace phreatic::learn
