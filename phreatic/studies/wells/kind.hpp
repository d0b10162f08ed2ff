// SPDX-License-Identifier: BSD-3-Clause
// Levels at wells, as a kind of study.
#pragma once

#include "phreatic/studies/engine/kind.hpp"

namespace phreatic::studies::wells {

// Without stages, which need libtorch (stages.hpp).
Kind kind();

}  // namespace phreatic::studies::wells
