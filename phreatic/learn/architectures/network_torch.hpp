// SPDX-License-Identifier: BSD-3-Clause
// An architecture with parameters: what is trained and run. Private to learn.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "phreatic/learn/architectures/architecture.hpp"
#include "phreatic/learn/architectures/parameters_torch.hpp"

namespace phreatic::learn {

class Network {
 public:
  Network(const NetworkPlan& plan, const std::vector<float>& flat, DeviceKind device, bool trainable)
      : architecture_(plan.make()), parameters_(architecture_->layout(), flat, device, trainable) {}
  at::Tensor forward(const ForwardCall& call) const { return architecture_->forward(parameters_, call); }
  const Architecture& architecture() const { return *architecture_; }
  at::Device device() const { return parameters_.device(); }
  Parameters& parameters() { return parameters_; }

 private:
  std::unique_ptr<Architecture> architecture_;
  Parameters parameters_;
};

// Outputs of a batch without gradients, dropout off, on the CPU: [B][outputs][heads].
at::Tensor run_batch(const Network& network, Batch& batch);

}  // namespace phreatic::learn
