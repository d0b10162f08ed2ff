// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/training/losses_torch.hpp"

namespace phreatic::learn {
namespace {

at::Tensor pointwise(const LossParams& params, const at::Tensor& error) {
  switch (params.kind) {
    case LossKind::nse:
    case LossKind::mse:
      return error * error;
    case LossKind::mae:
      return error.abs();
    case LossKind::huber: {
      const at::Tensor size = error.abs();
      const double delta = params.huber_delta;
      return at::where(size <= delta, error * error * 0.5, (size - 0.5 * delta) * delta);
    }
    default:
      break;
  }
  PHREATIC_ASSERT(!"not a pointwise loss");
  return {};
}

at::Tensor one_minus_r2(const at::Tensor& y, const at::Tensor& f, const at::Tensor& w) {
  constexpr double kTiny = 1e-12;
  const at::Tensor total = w.sum().clamp_min(kTiny);
  const at::Tensor dy = y - (w * y).sum() / total;
  const at::Tensor df = f - (w * f).sum() / total;
  const at::Tensor cross = (w * dy * df).sum() / total;
  const at::Tensor product = (w * dy * dy).sum() / total * ((w * df * df).sum() / total);
  return 1.0 - cross * cross / product.clamp_min(kTiny);
}

at::Tensor pinball(const LossParams& params, const at::Tensor& y, const at::Tensor& f, const at::Tensor& w) {
  at::Tensor sum = at::zeros({}, f.options());
  for (std::size_t q = 0; q < params.quantiles.size(); ++q) {
    const at::Tensor error = y - f.select(1, static_cast<std::int64_t>(q));
    sum = sum + (w * at::maximum(error * params.quantiles[q], error * (params.quantiles[q] - 1.0))).sum();
  }
  return sum;
}

at::Tensor task_loss(const LossParams& params, const at::Tensor& y, const at::Tensor& f, const at::Tensor& w,
                     double observed) {
  if (params.kind == LossKind::quantile) return pinball(params, y, f, w) / observed;
  const at::Tensor only = f.select(1, 0);
  if (params.kind == LossKind::one_minus_r2) return one_minus_r2(y, only, w);
  return (w * pointwise(params, y - only)).sum() / observed;
}

}  // namespace

at::Tensor masked_loss(const LossParams& params, const LossInput& input) {
  const auto targets = static_cast<std::int64_t>(input.observed.size());
  const auto outputs = static_cast<std::int64_t>(params.outputs_per_target());
  const at::Tensor f = input.prediction.reshape({-1, targets, outputs});
  const at::Tensor y = input.target.reshape({-1, targets});
  const at::Tensor w = input.weight.reshape({-1, targets});
  at::Tensor loss = at::zeros({}, f.options());
  for (std::int64_t k = 0; k < targets; ++k) {
    const auto at = static_cast<std::size_t>(k);
    const double factor = params.task_weights.empty() ? 1.0 : params.task_weights[at];
    if (input.observed[at] == 0 || factor == 0) continue;
    loss =
        loss + factor * task_loss(params, y.select(1, k), f.select(1, k), w.select(1, k), input.observed[at]);
  }
  return loss;
}

}  // namespace phreatic::learn
