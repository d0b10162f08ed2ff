// SPDX-License-Identifier: BSD-3-Clause
// Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019) over one flat tensor. Private to learn.
//   m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2,
//   p = p - rate * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
// with b1 0.9, b2 0.999, eps 1e-8. Weight decay d: Adam adds d p to g, AdamW first multiplies p by 1 - rate
// d.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "phreatic/learn/settings.hpp"

namespace phreatic::learn {

struct AdamState {
  at::Tensor m;
  at::Tensor v;
  std::int64_t updates = 0;
};

void adam_update(const TrainingParams& params, double rate, at::Tensor& flat, at::Tensor& gradient,
                 AdamState& state);

// Scales the gradient down to norm `limit` when it is longer; 0 = leaves it. Returns the norm before.
double clip_gradient(at::Tensor& gradient, double limit);

}  // namespace phreatic::learn
