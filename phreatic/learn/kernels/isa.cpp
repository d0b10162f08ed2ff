// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/kernels/driver.hpp"

#include <array>
#include <cstdlib>
#include <string>

#include "phreatic/core/errors.hpp"

namespace phreatic::kernels {
namespace {

constexpr std::array<Isa, 3> kWidestFirst{Isa::avx512, Isa::avx2, Isa::portable};

std::string available_names() {
  std::string names;
  for (const Isa isa : kWidestFirst) {
    if (isa_available(isa)) names += (names.empty() ? "" : ", ") + isa_name(isa);
  }
  return names;
}

Isa from_environment() {
  const char* const text = std::getenv("PHREATIC_ISA");
  if (text == nullptr || *text == '\0') return Isa::automatic;
  for (const Isa isa : kWidestFirst) {
    if (isa_name(isa) == text) return isa;
  }
  throw core::InputError({.where = "environment variable PHREATIC_ISA",
                          .what = "'" + std::string(text) + "' is no instruction set",
                          .allowed = available_names()});
}

}  // namespace

bool isa_available(Isa isa) {
#ifdef PHREATIC_KERNELS_X86
  if (isa == Isa::avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (isa == Isa::avx512) return __builtin_cpu_supports("avx512f");
#endif
  return isa == Isa::portable || isa == Isa::automatic;
}

std::string isa_name(Isa isa) {
  switch (isa) {
    case Isa::portable:
      return "portable";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
    case Isa::automatic:
      break;
  }
  return "automatic";
}

Isa resolve_isa(Isa wanted) {
  if (wanted == Isa::automatic) wanted = from_environment();
  if (wanted == Isa::automatic) {
    for (const Isa isa : kWidestFirst) {
      if (isa_available(isa)) return isa;
    }
  }
  if (!isa_available(wanted)) {
    throw core::InputError({.where = "recurrent kernels",
                            .what = "this processor has no " + isa_name(wanted),
                            .allowed = available_names()});
  }
  return wanted;
}

const Kernel& kernel_of(Isa isa) {
#ifdef PHREATIC_KERNELS_X86
  if (isa == Isa::avx2) return avx2_kernel();
  if (isa == Isa::avx512) return avx512_kernel();
#endif
  PHREATIC_ASSERT(isa == Isa::portable);
  return portable_kernel();
}

}  // namespace phreatic::kernels
