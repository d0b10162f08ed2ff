// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"

#include "phreatic/flow/solver/row_kernels/row_kernels_tables.hpp"

#ifdef PHREATIC_FLOW_X86
#include <immintrin.h>
#endif

namespace phreatic::flow {

#ifdef PHREATIC_FLOW_X86
namespace {
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
constexpr unsigned kFlushAndTreatAsZero = 0x8040;
}  // namespace

template <>
const RowKernels<float>& row_kernels<float>() {
  static const bool fast = has_avx2();
  return fast ? kAvx2FloatKernels : kPortableFloatKernels;
}
template <>
const RowKernels<double>& row_kernels<double>() {
  static const bool fast = has_avx2();
  return fast ? kAvx2DoubleKernels : kPortableDoubleKernels;
}
FlushDenormals::FlushDenormals() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | kFlushAndTreatAsZero); }
FlushDenormals::~FlushDenormals() { _mm_setcsr(saved_); }
#else
template <>
const RowKernels<float>& row_kernels<float>() {
  return kPortableFloatKernels;
}
template <>
const RowKernels<double>& row_kernels<double>() {
  return kPortableDoubleKernels;
}
FlushDenormals::FlushDenormals() = default;
FlushDenormals::~FlushDenormals() = default;
#endif

}  // namespace phreatic::flow
