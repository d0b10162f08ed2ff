// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/kernels/variables.hpp"

#include "phreatic/core/errors.hpp"

namespace phreatic::kernels {
namespace {

const VariableKernel& kernel_for(Isa wanted) {
  const Isa isa = resolve_isa(wanted);
#ifdef PHREATIC_KERNELS_X86
  if (isa == Isa::avx2) return avx2_variable_kernel();
  if (isa == Isa::avx512) return avx512_variable_kernel();
#endif
  PHREATIC_ASSERT(isa == Isa::portable);
  return portable_variable_kernel();
}

}  // namespace

void variables_forward(const VariableNetworks& call, float* out, Isa isa) {
  PHREATIC_ASSERT(call.dropout == 0 || call.second != nullptr);
  kernel_for(isa).forward(call, out);
}

void variables_backward(const VariableNetworks& call, const float* d_out, const VariableGradients& result,
                        Isa isa) {
  PHREATIC_ASSERT(call.dropout == 0 || call.second != nullptr);
  kernel_for(isa).backward(call, d_out, result);
}

void rows_linear_forward(const RowsLinear& call, float* y, Isa isa) {
  kernel_for(isa).linear_forward(call, y);
}

void rows_linear_backward(const RowsLinear& call, const float* dy, const RowsLinearGradients& result,
                          Isa isa) {
  kernel_for(isa).linear_backward(call, dy, result);
}

}  // namespace phreatic::kernels
