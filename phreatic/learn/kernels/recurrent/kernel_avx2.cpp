// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/kernels/recurrent/kernel_table.hpp"
#include "phreatic/learn/kernels/vector_avx2.hpp"

namespace phreatic::kernels {

const Kernel& avx2_kernel() {
  static constexpr Kernel kernel = make_kernel<Avx2Vector, 3, 6, 2, 3>();
  return kernel;
}

}  // namespace phreatic::kernels
