// SPDX-License-Identifier: BSD-3-Clause
// The parts of the Temporal Fusion Transformer (equations: docs/methods/tft.md). Private to learn.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "phreatic/learn/architectures/parameters_torch.hpp"

namespace phreatic::learn::tft {

// Where a part finds its parameters, and the dropout in front of its gate.
struct Part {
  const Parameters& parameters;
  std::string name;
  Dropout* dropout = nullptr;  // null: off
  double rate = 0;
  bool fused = false;  // on the kernels of learn/kernels

  const at::Tensor& at(const std::string& what) const { return parameters.at(name + what); }
  Part part(const std::string& what) const { return {parameters, name + what, dropout, rate, fused}; }
  bool drops() const { return dropout != nullptr && rate > 0; }
  at::Tensor dropped(const at::Tensor& x) const;
  // weight x + bias; bias may be undefined.
  at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias = {}) const;
};

// LayerNorm(skip + GLU(x)), x [..][in] -> [..][out].
at::Tensor gated_skip(const Part& part, const at::Tensor& skip, const at::Tensor& x, bool dropout = true);
// Gated residual network: a [..][in] -> [..][out]; context undefined, or of a shape that fits beside a.
at::Tensor residual(const Part& part, const at::Tensor& a, const at::Tensor& context = {});

// Variables of one channel (`single` of them) and behind them variables of two (value, whether it is seen), each
// embedded as e_v = sum_c x_c w_c + b_v.
struct Embedding {
  at::Tensor weight;  // [C][H]
  at::Tensor bias;    // [V][H]
  std::int64_t single = 0;
  std::int64_t variables() const { return bias.size(0); }
  std::int64_t pairs() const { return variables() - single; }
};

struct Selection {
  at::Tensor combined;  // [N][H]
  at::Tensor weights;   // [N][V], sum 1 over the variables
};
// x [N][C]; context [B][H] or undefined, N a multiple of B. Every linear map of an embedding is a linear map of
// the few channels, so that the embeddings are never multiplied by a matrix: the maps are.
Selection select_variables(const Part& part, const Embedding& embedding, const at::Tensor& x,
                           const at::Tensor& context);

// Interpretable attention: the last `queries` steps of x [B][T][H] look at all steps up to their own.
struct Attended {
  at::Tensor values;   // [B][queries][H]
  at::Tensor weights;  // [B][queries][T], mean over the heads, sum 1 over T
};
Attended attend(const Part& part, const at::Tensor& x, std::int64_t queries, std::int64_t heads);

}  // namespace phreatic::learn::tft
