// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

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

std::vector<TargetLoss> target_losses(const LearnParams& params, std::span<const Target> targets) {
  std::vector<TargetLoss> losses;
  for (const Target& t : targets) losses.push_back({loss_of(params, t), t.weight, t.interval});
  return losses;
}

std::size_t heads_of(std::span<const TargetLoss> targets) {
  std::size_t heads = 0;
  for (const TargetLoss& t : targets) heads += t.loss.outputs_per_target();
  return heads;
}

at::Tensor interval_means(const at::Tensor& outputs, std::span<const TargetLoss> targets, std::int64_t lead) {
  const std::int64_t scored = outputs.size(1) - lead;
  if (lead == 0 && std::all_of(targets.begin(), targets.end(), [](auto& t) { return t.interval == 1; }))
    return outputs;
  std::vector<at::Tensor> parts;
  std::int64_t first = 0;
  for (const TargetLoss& t : targets) {
    const auto heads = static_cast<std::int64_t>(t.loss.outputs_per_target());
    const auto reach = static_cast<std::int64_t>(t.interval) - 1;
    at::Tensor f = outputs.narrow(2, first, heads);
    if (reach > lead) f = at::constant_pad_nd(f, {0, 0, reach - lead, 0}, 0);
    const std::int64_t begin = std::max(lead, reach) - reach;
    at::Tensor sum = f.narrow(1, begin, scored);
    for (std::int64_t i = 1; i <= reach; ++i) sum = sum + f.narrow(1, begin + i, scored);
    parts.push_back(reach == 0 ? sum : sum / static_cast<double>(t.interval));
    first += heads;
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts, 2);
}

at::Tensor masked_loss(std::span<const TargetLoss> targets, const LossInput& input) {
  const auto count = static_cast<std::int64_t>(targets.size());
  const at::Tensor f = input.prediction.reshape({-1, static_cast<std::int64_t>(heads_of(targets))});
  const at::Tensor y = input.target.reshape({-1, count});
  const at::Tensor w = input.weight.reshape({-1, count});
  at::Tensor loss = at::zeros({}, f.options());
  std::int64_t first = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    const TargetLoss& t = targets[static_cast<std::size_t>(k)];
    const double observed = input.observed[static_cast<std::size_t>(k)];
    const auto heads = static_cast<std::int64_t>(t.loss.outputs_per_target());
    const at::Tensor own = f.narrow(1, first, heads);
    first += heads;
    if (observed == 0 || t.weight == 0) continue;
    loss = loss + t.weight * task_loss(t.loss, y.select(1, k), own, w.select(1, k), observed);
  }
  return loss;
}

}  // namespace phreatic::learn
