// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/kernels/dense/dense_loops.hpp"
#include "phreatic/learn/kernels/variables_loops.hpp"
#include "phreatic/learn/kernels/vector_avx2.hpp"

namespace phreatic::kernels {
namespace {

struct DenseAvx2 : Avx2Vector {
  static V sqrt(V a) { return _mm256_sqrt_ps(a); }
  static V over_root(V g, V s, float factor, float epsilon) {
    return div(g, fma(sqrt(s), set(factor), set(epsilon)));
  }
  static float sum(V a) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
  }
};

}  // namespace

const DenseKernel& avx2_dense_kernel() {
  static constexpr DenseKernel kernel = make_dense_kernel<DenseAvx2, 6, 2>();
  return kernel;
}

const VariableKernel& avx2_variable_kernel() {
  static constexpr VariableKernel kernel = make_variable_kernel<DenseAvx2, 6, 2>();
  return kernel;
}

}  // namespace phreatic::kernels
