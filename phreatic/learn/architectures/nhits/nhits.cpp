// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/architectures/nhits/nhits.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool1d.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/upsample_linear1d.h>
#include <fmt/format.h>

#include <algorithm>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/architectures/parameters_torch.hpp"

namespace phreatic::learn {
namespace {

std::size_t pooled(std::size_t steps, std::size_t pooling) { return (steps + pooling - 1) / pooling; }

// [B][steps][C] -> [B][pooled steps * C]: the largest of each `pooling` steps.
at::Tensor pool(const at::Tensor& x, std::int64_t pooling) {
  const at::Tensor y =
      at::max_pool1d(x.transpose(1, 2), {pooling}, {pooling}, {0}, {1}, true).transpose(1, 2);
  return y.reshape({x.size(0), -1});
}

class Nhits : public Architecture {
 public:
  explicit Nhits(const NhitsShape& shape) : shape_(shape) {}
  ParameterLayout layout() const override { return nhits_layout(shape_); }
  bool carries_state() const override { return false; }
  std::size_t floats_per_step() const override { return 4 * shape_.channels() + 4; }
  at::Tensor forward(const Parameters& p, const ForwardCall& call) const override;

 private:
  at::Tensor block(const Parameters& p, std::size_t number, at::Tensor x, Dropout* dropout) const;
  NhitsShape shape_;
};

at::Tensor Nhits::block(const Parameters& p, std::size_t number, at::Tensor x, Dropout* dropout) const {
  const auto map = [&](std::size_t j, const at::Tensor& in) {
    const std::string name = fmt::format("block.{}.{}.", number, j);
    return at::linear(in, p.at(name + "weight"), p.at(name + "bias"));
  };
  const auto layers = static_cast<std::size_t>(shape_.model.layers);
  x = map(0, x);
  for (std::size_t j = 1; j <= layers; ++j) {
    x = at::relu(map(j, x));
    if (dropout == nullptr || dropout_of(shape_.model) <= 0) continue;
    x = x * dropout->mask(dropout_of(shape_.model), x.sizes().vec(), p.device());
  }
  return map(layers + 1, x);
}

at::Tensor Nhits::forward(const Parameters& p, const ForwardCall& call) const {
  const auto past = static_cast<std::int64_t>(shape_.past);
  const auto horizon = static_cast<std::int64_t>(shape_.horizon);
  const auto features = static_cast<std::int64_t>(shape_.features);
  const auto heads = static_cast<std::int64_t>(shape_.heads);
  PHREATIC_ASSERT(call.x.size(1) == past + horizon && call.outputs <= horizon);
  const at::Tensor before = call.x.narrow(1, 0, past);
  const at::Tensor drivers = call.x.narrow(2, 0, features);
  const at::Tensor others = before.narrow(2, features + 2, before.size(2) - features - 2);
  const at::Tensor seen = before.select(2, features + 1).flip({1});
  at::Tensor left = before.select(2, features).flip({1});
  at::Tensor forecast;
  for (std::size_t b = 0; b < shape_.blocks(); ++b) {
    const auto pooling = static_cast<std::int64_t>(shape_.pooling(b));
    std::vector<at::Tensor> parts = {pool(left.unsqueeze(2), pooling)};
    if (others.size(2) > 0) parts.push_back(pool(others, pooling));
    if (features > 0) parts.push_back(pool(drivers, pooling));
    if (shape_.statics > 0) parts.push_back(call.statics);
    const at::Tensor theta = block(p, b, at::cat(parts, 1), call.dropout);
    left = (left - theta.narrow(1, 0, past)) * seen;
    const auto knots = static_cast<std::int64_t>(shape_.knots(b));
    const at::Tensor own = at::upsample_linear1d(
        theta.narrow(1, past, heads * knots).reshape({theta.size(0), heads, knots}), {horizon}, false);
    forecast = forecast.defined() ? forecast + own : own;
  }
  return forecast.transpose(1, 2).narrow(1, horizon - call.outputs, call.outputs);
}

}  // namespace

std::size_t NhitsShape::knots(std::size_t block) const {
  return std::max<std::size_t>(1, horizon / static_cast<std::size_t>(model.nhits.downsampling[block]));
}

std::size_t NhitsShape::inputs(std::size_t block) const {
  return pooled(past, pooling(block)) * (1 + 2 * (past_features - 1)) +
         pooled(past + horizon, pooling(block)) * features + statics;
}

NhitsShape nhits_shape(const ModelParams& params, const InputShape& inputs) {
  NhitsShape shape;
  shape.model = params;
  shape.features = inputs.features;
  shape.past_features = inputs.past_features;
  shape.statics = params.static_attributes == StaticUse::none ? 0 : inputs.statics;
  shape.heads = inputs.heads();
  shape.past = inputs.steps - inputs.scored;
  shape.horizon = inputs.scored;
  return shape;
}

ParameterLayout nhits_layout(const NhitsShape& shape) {
  ParameterLayout layout;
  const auto hidden = static_cast<std::size_t>(shape.model.hidden_size);
  const auto layers = static_cast<std::size_t>(shape.model.layers);
  for (std::size_t b = 0; b < shape.blocks(); ++b) {
    const auto add = [&](std::size_t j, std::size_t out, std::size_t in) {
      layout.add(fmt::format("block.{}.{}.weight", b, j), {out, in}, bound_of(in));
      layout.add(fmt::format("block.{}.{}.bias", b, j), {out}, bound_of(in));
    };
    add(0, hidden, shape.inputs(b));
    for (std::size_t j = 1; j <= layers; ++j) add(j, hidden, hidden);
    add(layers + 1, shape.past + shape.heads * shape.knots(b), hidden);
  }
  return layout;
}

std::unique_ptr<Architecture> make_nhits(const ModelParams& params, const InputShape& inputs) {
  return std::make_unique<Nhits>(nhits_shape(params, inputs));
}

}  // namespace phreatic::learn
