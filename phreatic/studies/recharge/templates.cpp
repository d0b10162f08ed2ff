// SPDX-License-Identifier: BSD-3-Clause
// The example's own text, taken into the program when it is compiled, so that what init writes is what the tests run.
#include "phreatic/studies/recharge/templates.hpp"

__asm__(
    ".section .rodata\n"
    ".global phreatic_recharge_yml\nphreatic_recharge_yml:\n.incbin \"" PHREATIC_EXAMPLES
    "/recharge.yml\"\n.byte 0\n"
    ".previous\n");

extern "C" const char phreatic_recharge_yml[];

namespace phreatic::studies::recharge {

std::string study_template() { return phreatic_recharge_yml; }

}  // namespace phreatic::studies::recharge
