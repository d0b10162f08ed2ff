// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/kernels/kernel.hpp"

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "phreatic/core/errors.hpp"

namespace phreatic::trees {
namespace {

constexpr std::array<const char*, 3> kWidestFirst{"avx512", "avx2", "portable"};

}  // namespace

const Kernel* kernel_named(const char* name) {
  const std::string_view wanted = name;
#ifdef PHREATIC_TREES_X86
  if (wanted == "avx512" && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi"))
    return &kAvx512Kernel;
  if (wanted == "avx2" && __builtin_cpu_supports("avx2")) return &kAvx2Kernel;
#endif
  return wanted == "portable" ? &kPortableKernel : nullptr;
}

const Kernel& kernel() {
  static const Kernel& chosen = []() -> const Kernel& {
    const char* const named = std::getenv("PHREATIC_ISA");
    std::string there;
    for (const char* name : kWidestFirst) {
      const Kernel* k = kernel_named(name);
      if (k == nullptr) continue;
      there += (there.empty() ? "" : ", ") + std::string(name);
      if (named == nullptr || *named == '\0' || std::string_view(named) == name) return *k;
    }
    throw core::InputError({.where = "environment variable PHREATIC_ISA",
                            .what = "'" + std::string(named) + "' is not on this machine",
                            .allowed = there});
  }();
  return chosen;
}

}  // namespace phreatic::trees
