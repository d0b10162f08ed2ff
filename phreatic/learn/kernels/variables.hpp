// SPDX-License-Identifier: BSD-3-Clause
// Gated residual networks of many variables, each of one or two numbers a row, weighted and summed up (variable
// selection of Lim et al. 2021, key lim2021). For row r and variable v, a few rows at a time in the caches:
//   a = ELU(b1_v + sum_c x_rc w1_c)              c: the channels of v
//   u = mask (W2_v a + b2_v)                     mask 0 or 1 / (1 - dropout); u = a where there is no W2
//   (p, q) = Wg_v u + bg_v
//   n = normalised over the width (b0_v + sum_c x_rc w0_c + p sigmoid(q)),   1e-5 added to the variance
//   out_r = sum over v of s_rv (scale_v n + shift_v)
// Nothing is kept for backward but what went in: it computes the rows again. One thread; results depend on the
// instruction set (in the last digits).
#pragma once

#include <cstddef>
#include <cstdint>

#include "phreatic/learn/kernels/recurrent/recurrent.hpp"

namespace phreatic::kernels {

// V variables of width H: the first `single` of one channel, the others of two. All arrays row-major.
struct VariableNetworks {
  std::size_t rows = 0;
  std::size_t variables = 0;
  std::size_t single = 0;
  std::size_t width = 0;
  const float* x = nullptr;           // [rows][C]
  const float* weights = nullptr;     // [rows][V]: s
  const float* first = nullptr;       // [C][H]: w1
  const float* first_bias = nullptr;  // [V][H]
  const float* own = nullptr;         // [C][H]: w0
  const float* own_bias = nullptr;    // [V][H]
  const float* second = nullptr;      // [V][H][H]: W2 [to][from]; null: none
  const float* second_bias = nullptr;
  const float* gate = nullptr;       // [V][2 H][H]: Wg, p first
  const float* gate_bias = nullptr;  // [V][2 H]
  const float* scale = nullptr;      // [V][H]
  const float* shift = nullptr;      // [V][H]
  double dropout = 0;                // only with W2
  std::uint64_t key = 0;             // of the masks: numbers of a counter, the same for every instruction set

  std::size_t channels() const { return single + 2 * (variables - single); }
};

// Shapes as in VariableNetworks. Written, never added to. `x` may be null, and so may all the others but
// `weights` (first == nullptr: no gradients of parameters; second is written where there is W2).
struct VariableGradients {
  float* x = nullptr;
  float* weights = nullptr;
  float* first = nullptr;
  float* first_bias = nullptr;
  float* own = nullptr;
  float* own_bias = nullptr;
  float* second = nullptr;
  float* second_bias = nullptr;
  float* gate = nullptr;
  float* gate_bias = nullptr;
  float* scale = nullptr;
  float* shift = nullptr;
};

// out: [rows][H].
void variables_forward(const VariableNetworks& call, float* out, Isa isa = Isa::automatic);
// From the gradient of out.
void variables_backward(const VariableNetworks& call, const float* d_out, const VariableGradients& result,
                        Isa isa = Isa::automatic);

// y = W x + b for many rows: the other maps of such a network. x [rows][inputs], W [outputs][inputs], b [outputs] or null,
// y [rows][outputs]. One thread.
struct RowsLinear {
  std::size_t rows = 0, inputs = 0, outputs = 0;
  const float* x = nullptr;
  const float* weight = nullptr;
  const float* bias = nullptr;
};
// Written, never added to; each may be null, `bias` only is written together with `weight`.
struct RowsLinearGradients {
  float* x = nullptr;
  float* weight = nullptr;
  float* bias = nullptr;
};
void rows_linear_forward(const RowsLinear& call, float* y, Isa isa = Isa::automatic);
void rows_linear_backward(const RowsLinear& call, const float* dy, const RowsLinearGradients& result,
                          Isa isa = Isa::automatic);

struct VariableKernel {
  void (*forward)(const VariableNetworks&, float* out);
  void (*backward)(const VariableNetworks&, const float* d_out, const VariableGradients&);
  void (*linear_forward)(const RowsLinear&, float* y);
  void (*linear_backward)(const RowsLinear&, const float* dy, const RowsLinearGradients&);
};
const VariableKernel& portable_variable_kernel();
const VariableKernel& avx2_variable_kernel();
const VariableKernel& avx512_variable_kernel();

}  // namespace phreatic::kernels
