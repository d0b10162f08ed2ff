// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "phreatic/learn/kernels/dense/dense_loops.hpp"
#include "phreatic/learn/kernels/variables_loops.hpp"
#include "phreatic/learn/kernels/vector_portable.hpp"

namespace phreatic::kernels {
namespace {

struct DensePortable : PortableVector<1> {
  static V sqrt(V a) {
    for (int k = 0; k < kWidth; ++k) a.part[0][k] = std::sqrt(a.part[0][k]);
    return a;
  }
  static V over_root(V g, V s, float factor, float epsilon) {
    return div(g, fma(sqrt(s), set(factor), set(epsilon)));
  }
  static float sum(V a) { return (a.part[0][0] + a.part[0][1]) + (a.part[0][2] + a.part[0][3]); }
};

}  // namespace

const DenseKernel& portable_dense_kernel() {
  static constexpr DenseKernel kernel = make_dense_kernel<DensePortable, 4, 2>();
  return kernel;
}

const VariableKernel& portable_variable_kernel() {
  static constexpr VariableKernel kernel = make_variable_kernel<DensePortable, 4, 2>();
  return kernel;
}

}  // namespace phreatic::kernels
