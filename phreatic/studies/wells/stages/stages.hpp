// SPDX-License-Identifier: BSD-3-Clause
// The stages of a wells study:
//   basin -> data -> check, train -> predict -> evaluate, explain -> types, truth   (basin and truth: virtual wells only)
#pragma once

#include "phreatic/studies/engine/stage.hpp"
#include "phreatic/studies/wells/settings.hpp"

namespace phreatic::studies::wells {

// Needs libtorch when it is run.
engine::Graph stages(const StudyFile& study);

}  // namespace phreatic::studies::wells
