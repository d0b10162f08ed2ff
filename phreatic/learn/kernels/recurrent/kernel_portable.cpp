// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/kernels/recurrent/kernel_table.hpp"
#include "phreatic/learn/kernels/vector_portable.hpp"

namespace phreatic::kernels {

const Kernel& portable_kernel() {
  static constexpr Kernel kernel = make_kernel<PortableVector<1>, 3, 6, 2, 3>();
  return kernel;
}

}  // namespace phreatic::kernels
