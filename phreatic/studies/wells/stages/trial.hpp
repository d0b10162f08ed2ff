// SPDX-License-Identifier: BSD-3-Clause
// One training of a study of wells for the search over settings; in the library that links libtorch.
#pragma once

#include "phreatic/studies/engine/kind.hpp"

namespace phreatic::studies::wells {

// Trains the study's models without anything after; the score is the mean over them and their members of the best
// validation loss. Data are read once for all trials with the same sources.
Trial make_trial();

}  // namespace phreatic::studies::wells
