// SPDX-License-Identifier: BSD-3-Clause
// The study files that `phreatic init` writes.
#pragma once

#include <string>

namespace phreatic::studies::wells {

std::string virtual_wells_template();  // the same text as examples/virtual-wells.yml
std::string own_wells_template();
std::string two_targets_template();  // examples/own-wells.yml: reads the files that stand beside it

}  // namespace phreatic::studies::wells
