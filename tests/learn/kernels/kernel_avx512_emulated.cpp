// SPDX-License-Identifier: BSD-3-Clause
// The AVX-512 kernel as it stands, on SIMDe's emulation of its intrinsics: tested where no processor has
// AVX-512.
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>

#define PHREATIC_EMULATED_AVX512
// Not in SIMDe 0.7.4. The real one faults on addresses that are not whole vectors; so does this.
static inline void emulated_stream(float* to, simde__m512 value) {
  if (reinterpret_cast<std::uintptr_t>(to) % 64 != 0) std::abort();
  simde_mm512_storeu_ps(to, value);
}
#define _mm512_stream_ps(to, value) emulated_stream(to, value)

// SIMDe 0.7.4 rounds the product; the real ones do not: sign_product a b + sign_sum c, rounded once.
static inline simde__m512 emulated_fused(simde__m512 a, simde__m512 b, simde__m512 c, float sign_product,
                                         float sign_sum) {
  float x[16], y[16], z[16];
  simde_mm512_storeu_ps(x, a);
  simde_mm512_storeu_ps(y, b);
  simde_mm512_storeu_ps(z, c);
  for (int i = 0; i < 16; ++i) z[i] = std::fma(sign_product * x[i], y[i], sign_sum * z[i]);
  return simde_mm512_loadu_ps(z);
}
#undef _mm512_fmadd_ps
#undef _mm512_fmsub_ps
#undef _mm512_fnmadd_ps
#define _mm512_fmadd_ps(a, b, c) emulated_fused(a, b, c, 1.0F, 1.0F)
#define _mm512_fmsub_ps(a, b, c) emulated_fused(a, b, c, 1.0F, -1.0F)
#define _mm512_fnmadd_ps(a, b, c) emulated_fused(a, b, c, -1.0F, 1.0F)

#include "cases.hpp"
#include "phreatic/learn/kernels/recurrent/kernel_table.hpp"
#include "phreatic/learn/kernels/vector_avx512.hpp"

namespace cases {

const Kernel& emulated_avx512_kernel() {
  static constexpr Kernel kernel =
      phreatic::kernels::make_kernel<phreatic::kernels::Avx512Vector, 6, 12, 2, 6>();
  return kernel;
}

}  // namespace cases
