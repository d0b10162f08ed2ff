// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/kernels/dense_loops.hpp"
#include "phreatic/learn/kernels/vector_avx512.hpp"

namespace phreatic::kernels {
namespace {

struct DenseAvx512 : Avx512Vector {
  static V sqrt(V a) { return _mm512_sqrt_ps(a); }
  static float sum(V a) { return _mm512_reduce_add_ps(a); }
};

}  // namespace

const DenseKernel& avx512_dense_kernel() {
  static constexpr DenseKernel kernel = make_dense_kernel<DenseAvx512, 6, 4>();
  return kernel;
}

}  // namespace phreatic::kernels
