// SPDX-License-Identifier: BSD-3-Clause
// The AVX-512 kernel as it stands, on SIMDe's emulation of its intrinsics: tested where no processor has
// AVX-512.
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

#include <cstdint>
#include <cstdlib>

#define PHREATIC_EMULATED_AVX512
// Not in SIMDe 0.7.4. The real one faults on addresses that are not whole vectors; so does this.
static inline void emulated_stream(float* to, simde__m512 value) {
  if (reinterpret_cast<std::uintptr_t>(to) % 64 != 0) std::abort();
  simde_mm512_storeu_ps(to, value);
}
#define _mm512_stream_ps(to, value) emulated_stream(to, value)

#include "cases.hpp"
#include "phreatic/learn/kernels/kernel_table.hpp"
#include "phreatic/learn/kernels/vector_avx512.hpp"

namespace cases {

const Kernel& emulated_avx512_kernel() {
  static constexpr Kernel kernel =
      phreatic::kernels::make_kernel<phreatic::kernels::Avx512Vector, 6, 12, 2, 6>();
  return kernel;
}

}  // namespace cases
