// SPDX-License-Identifier: BSD-3-Clause
// Instruction sets of the kernels that are compiled once for each of them and chosen when the program runs.
#pragma once

#include <string>

namespace phreatic::core {

// `automatic`: the environment variable PHREATIC_ISA (portable, avx2, avx512) when it is set, else the widest that
// this processor has.
enum class Isa { automatic, portable, avx2, avx512 };

// The instruction set that a call with `wanted` uses. Throws InputError when PHREATIC_ISA is no known name or when
// the processor lacks what is asked for.
Isa resolve_isa(Isa wanted = Isa::automatic);
bool isa_available(Isa isa);
std::string isa_name(Isa isa);

}  // namespace phreatic::core
