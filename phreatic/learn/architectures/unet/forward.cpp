// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/asinh.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <fmt/format.h>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/architectures/row_chunks_torch.hpp"
#include "phreatic/learn/architectures/unet/unet_torch.hpp"

namespace phreatic::learn {
namespace {

at::Tensor convolved(const Parameters& p, const std::string& name, const at::Tensor& x, std::int64_t border) {
  return at::conv2d(x, p.at(name + ".weight"), p.at(name + ".bias"), {1, 1}, {border, border});
}

at::Tensor twice(const Parameters& p, const std::string& name, const at::Tensor& x) {
  return at::relu(convolved(p, name + ".1", at::relu(convolved(p, name + ".0", x, 1)), 1));
}

at::Tensor gated(const Parameters& p, const std::string& name, const at::Tensor& skip,
                 const at::Tensor& raised) {
  const at::Tensor inner =
      at::relu(convolved(p, name + ".skip", skip, 0) + convolved(p, name + ".raised", raised, 0));
  return skip * at::sigmoid(convolved(p, name + ".psi", inner, 0));
}

constexpr std::int64_t kRowsOfChunk = 3;

class UnetPatches : public Architecture {
 public:
  explicit UnetPatches(UnetPatchShape shape) : shape_(std::move(shape)) {}
  ParameterLayout layout() const override { return unet_layout(shape_.net); }
  bool carries_state() const override { return false; }
  std::size_t floats_per_step() const override {
    return 8 * static_cast<std::size_t>(shape_.net.params.width);
  }
  at::Tensor forward(const Parameters& parameters, const ForwardCall& call) const override {
    PHREATIC_ASSERT(call.outputs == call.x.size(1));
    return in_row_chunks(parameters, call, kRowsOfChunk,
                         [this](const Parameters& p, const ForwardCall& c) { return rows(p, c); });
  }

 private:
  at::Tensor rows(const Parameters& p, const ForwardCall& call) const {
    const auto side = static_cast<std::int64_t>(shape_.side);
    const auto channels = static_cast<std::int64_t>(shape_.net.channels);
    const std::int64_t batch = call.x.size(0);
    const at::Tensor cells = call.x.narrow(1, 0, side * side);
    const at::Tensor maps = cells.narrow(2, 0, channels)
                                .reshape({batch, side, side, channels})
                                .permute({0, 3, 1, 2})
                                .contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor y = unet_forward(p, shape_.net.params, maps)
                             .permute({0, 2, 3, 1})
                             .reshape({batch, side * side, static_cast<std::int64_t>(shape_.net.bands)});
    std::vector<float> gains = shape_.gains;
    const at::Tensor gain =  // of its own memory: the way back needs it
        tensor_of(gains, {1, static_cast<std::int64_t>(gains.size())}, y.device()).clone();
    const at::Tensor sums = (y * cells.narrow(2, channels, 1)).sum(1) * gain;
    const at::Tensor logs = at::asinh(sums * kRatioGain);
    const at::Tensor ratios = logs - logs.narrow(1, 0, 1);
    return at::cat({y, at::asinh(sums).unsqueeze(1), ratios.unsqueeze(1)}, 1);
  }

  UnetPatchShape shape_;
};

}  // namespace

at::Tensor unet_forward(const Parameters& p, const UnetParams& params, const at::Tensor& maps) {
  std::vector<at::Tensor> skips;
  at::Tensor x = maps;
  for (int l = 0; l < params.levels; ++l) {
    if (l > 0) x = at::max_pool2d(x, {2, 2});
    x = twice(p, fmt::format("down.{}", l), x);
    skips.push_back(x);
  }
  for (int l = params.levels - 2; l >= 0; --l) {
    const std::string name = fmt::format("up.{}", l);
    const at::Tensor raised =
        at::conv_transpose2d(x, p.at(name + ".raise.weight"), p.at(name + ".raise.bias"), {2, 2});
    const at::Tensor& skip = skips[static_cast<std::size_t>(l)];
    x = twice(p, name,
              at::cat({params.attention ? gated(p, name + ".gate", skip, raised) : skip, raised}, 1));
  }
  return convolved(p, "head", x, 0);
}

ArchitectureKind unet_patches(const UnetPatchShape& shape) {
  return {"unet",
          [shape](const ModelParams&, const InputShape&) { return std::make_unique<UnetPatches>(shape); }};
}

}  // namespace phreatic::learn
