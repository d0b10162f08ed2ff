// SPDX-License-Identifier: BSD-3-Clause
// A model as it lies in memory, free of libtorch. Private to learn.
#pragma once

#include <memory>
#include <vector>

#include "phreatic/learn/architectures/architecture.hpp"
#include "phreatic/learn/trainer.hpp"

namespace phreatic::learn {

struct LoadedModel {
  ModelDescription about;
  NetworkPlan plan;
  ParameterLayout layout;
  std::vector<std::vector<float>> members;  // flat parameters
  DeviceKind device = DeviceKind::cpu;
};

// f at the last step through autograd: any network, any device.
std::unique_ptr<model::Differentiable> make_autograd_differentiable(const LoadedModel& model,
                                                                    const GradientCall& call);

}  // namespace phreatic::learn
