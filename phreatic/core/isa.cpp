// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/isa.hpp"

#include <array>
#include <cstdlib>
#include <string>

#include "phreatic/core/errors.hpp"

namespace phreatic::core {
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
  throw InputError({.where = "environment variable PHREATIC_ISA",
                    .what = "'" + std::string(text) + "' is no instruction set",
                    .allowed = available_names()});
}

}  // namespace

bool isa_available(Isa isa) {
#if defined(__x86_64__) || defined(_M_X64)
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
    throw InputError({.where = "kernels",
                      .what = "this processor has no " + isa_name(wanted),
                      .allowed = available_names()});
  }
  return wanted;
}

}  // namespace phreatic::core
