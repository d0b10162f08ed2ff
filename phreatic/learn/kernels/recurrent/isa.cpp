// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/errors.hpp"
#include "phreatic/learn/kernels/recurrent/driver.hpp"

namespace phreatic::kernels {

const Kernel& kernel_of(Isa isa) {
#ifdef PHREATIC_KERNELS_X86
  if (isa == Isa::avx2) return avx2_kernel();
  if (isa == Isa::avx512) return avx512_kernel();
#endif
  PHREATIC_ASSERT(isa == Isa::portable);
  return portable_kernel();
}

}  // namespace phreatic::kernels
