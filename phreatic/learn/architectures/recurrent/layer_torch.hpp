// SPDX-License-Identifier: BSD-3-Clause
// One recurrent layer over the whole sequence, as autograd sees it: our fused kernel (one autograd node per
// sequence) or libtorch's LSTM and GRU. Private to learn.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <mutex>
#include <vector>

#include "phreatic/learn/kernels/recurrent/recurrent.hpp"
#include "phreatic/learn/settings.hpp"

namespace phreatic::learn {

// Workspaces of the fused kernel, kept from update to update: making one anew costs more than filling it.
class WorkspacePool {
 public:
  std::unique_ptr<kernels::Workspace> take();
  void give_back(std::unique_ptr<kernels::Workspace> workspace);

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<kernels::Workspace>> free_;
};

struct LayerCall {
  CellKind cell = CellKind::lstm;
  at::Tensor x;                     // [B][T][F]
  at::Tensor weight_ih, weight_hh;  // [G*H][F], [G*H][H]
  at::Tensor bias_ih, bias_hh;      // [G*H]
  at::Tensor h0, c0;                // [B][H]; undefined = zeros; c0 for the LSTM only
  std::int64_t first_step = 0;      // outputs from here on
};

// h [B][T - first_step][H].
at::Tensor fused_layer(const LayerCall& call, const std::shared_ptr<WorkspacePool>& pool);
at::Tensor torch_layer(const LayerCall& call);

// An LSTM over all steps with the state that it ends in, to be handed over to another.
struct LstmResult {
  at::Tensor outputs;         // [B][T][H]
  at::Tensor last_h, last_c;  // [B][H]
};
LstmResult fused_lstm(const LayerCall& call, const std::shared_ptr<WorkspacePool>& pool);
LstmResult torch_lstm(const LayerCall& call);

kernels::Cell kernel_cell(CellKind cell);

}  // namespace phreatic::learn
