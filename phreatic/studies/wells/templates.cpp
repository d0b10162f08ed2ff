// SPDX-License-Identifier: BSD-3-Clause
// The examples' own text, taken into the program when it is compiled, so that what init writes is what the
// tests run.
#include "phreatic/studies/wells/templates.hpp"

#include <cstddef>

__asm__(
    ".section .rodata\n"
    ".global phreatic_virtual_wells_yml\nphreatic_virtual_wells_yml:\n.incbin \"" PHREATIC_EXAMPLES
    "/virtual-wells.yml\"\n.byte 0\n"
    ".global phreatic_two_targets_yml\nphreatic_two_targets_yml:\n.incbin \"" PHREATIC_EXAMPLES
    "/two-targets.yml\"\n.byte 0\n"
    ".global phreatic_own_wells_yml\nphreatic_own_wells_yml:\n.incbin \"" PHREATIC_EXAMPLES
    "/own-wells.yml\"\n.byte 0\n"
    ".previous\n");

extern "C" const char phreatic_virtual_wells_yml[];
extern "C" const char phreatic_own_wells_yml[];
extern "C" const char phreatic_two_targets_yml[];

namespace phreatic::studies::wells {

std::string virtual_wells_template() { return phreatic_virtual_wells_yml; }
std::string own_wells_template() { return phreatic_own_wells_yml; }
std::string two_targets_template() { return phreatic_two_targets_yml; }

}  // namespace phreatic::studies::wells
