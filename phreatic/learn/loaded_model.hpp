// SPDX-License-Identifier: BSD-3-Clause
// A model as it lies in memory, free of libtorch. Private to learn.
#pragma once

#include <memory>
#include <vector>

#include "phreatic/learn/architectures/layout.hpp"
#include "phreatic/learn/trainer.hpp"

namespace phreatic::learn {

struct LoadedModel : Model {
  ModelDescription about;
  NetworkShape shape;
  ParameterLayout layout;
  std::vector<std::vector<float>> members;  // flat parameters
  DeviceKind device = DeviceKind::cpu;

  const ModelDescription& description() const override { return about; }
};

LoadedModel& loaded(Model& model);

// f at the last step through autograd: any network, any device.
std::unique_ptr<Differentiable> make_autograd_differentiable(const LoadedModel& model, std::size_t head,
                                                             std::size_t lags);
// The same straight through the fused kernel: recurrent layers and head, on the CPU, no CNN.
std::unique_ptr<Differentiable> make_fused_differentiable(const LoadedModel& model, std::size_t head,
                                                          std::size_t lags);

}  // namespace phreatic::learn
