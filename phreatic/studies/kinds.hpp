// SPDX-License-Identifier: BSD-3-Clause
// The registry: every kind of study there is, in one list each for the two programs.
#pragma once

#include "phreatic/studies/engine/kind.hpp"

namespace phreatic::studies {

// Names, settings, templates, checks and pages of all kinds; stages of those that need no libtorch. The first is the kind of files without `study:`.
Kinds kinds();

// The same with the stages of every kind; in the library that links libtorch.
Kinds kinds_with_stages();

}  // namespace phreatic::studies
