// SPDX-License-Identifier: BSD-3-Clause
// AVX-512's width and tiles in portable code: tests the shapes on machines without AVX-512.
#include "cases.hpp"
#include "phreatic/learn/kernels/kernel_table.hpp"
#include "phreatic/learn/kernels/vector_portable.hpp"

namespace cases {

const Kernel& portable16_kernel() {
  static constexpr Kernel kernel =
      phreatic::kernels::make_kernel<phreatic::kernels::PortableVector<4>, 6, 12, 2, 6>();
  return kernel;
}

}  // namespace cases
