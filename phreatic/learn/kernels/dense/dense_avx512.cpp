// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/kernels/dense/dense_loops.hpp"
#include "phreatic/learn/kernels/variables_loops.hpp"
#include "phreatic/learn/kernels/vector_avx512.hpp"

namespace phreatic::kernels {
namespace {

struct DenseAvx512 : Avx512Vector {
  static V sqrt(V a) { return _mm512_sqrt_ps(a); }
  // Roots and quotients from the 14-bit approximations and one step of Newton's method: the last bit or two differ.
  static V over_root(V g, V s, float factor, float epsilon) {
    const V low = _mm512_max_ps(s, set(1e-37F));
    V r = _mm512_rsqrt14_ps(low);
    r = mul(r, fnma(mul(mul(set(0.5F), low), r), r, set(1.5F)));
    const V below = fma(mul(low, r), set(factor), set(epsilon));
    V q = _mm512_rcp14_ps(below);
    q = mul(q, fnma(below, q, set(2.0F)));
    return mul(g, q);
  }
  static float sum(V a) { return _mm512_reduce_add_ps(a); }
};

}  // namespace

const DenseKernel& avx512_dense_kernel() {
  static constexpr DenseKernel kernel = make_dense_kernel<DenseAvx512, 6, 4>();
  return kernel;
}

const VariableKernel& avx512_variable_kernel() {
  static constexpr VariableKernel kernel = make_variable_kernel<DenseAvx512, 6, 4>();
  return kernel;
}

}  // namespace phreatic::kernels
