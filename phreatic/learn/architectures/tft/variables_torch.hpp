// SPDX-License-Identifier: BSD-3-Clause
// The networks of all variables as one node of the graph, on the kernel of learn/kernels/variables.hpp. Private to
// learn.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace phreatic::learn::tft {

// As in kernels::VariableNetworks; second and second_bias undefined where the second map is folded into the gate's.
struct VariableTensors {
  at::Tensor x, weights, first, first_bias, own, own_bias, second, second_bias, gate, gate_bias, scale, shift;
};

// Sum over the variables of weight times network, [N][H], on the CPU.
at::Tensor weighted_variables(const VariableTensors& given, std::int64_t single, double dropout,
                              std::uint64_t key);

// weight x + bias over the last dimension of x [..][in], on the kernel; bias may be undefined.
at::Tensor rows_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias = {});

}  // namespace phreatic::learn::tft
