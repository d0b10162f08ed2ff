// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/kernels/recurrent/kernel_table.hpp"
#include "phreatic/learn/kernels/vector_avx512.hpp"

namespace phreatic::kernels {

const Kernel& avx512_kernel() {
  static constexpr Kernel kernel = make_kernel<Avx512Vector, 6, 12, 2, 6>();
  return kernel;
}

}  // namespace phreatic::kernels
