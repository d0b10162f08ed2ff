// SPDX-License-Identifier: BSD-3-Clause
// The kind of study `regression`: a table of places, regressed by models whose coefficients vary in space.
#pragma once

#include "phreatic/studies/engine/kind.hpp"

namespace phreatic::studies::regression {

Kind kind();

// The page, from the files of a run folder.
Page page(const std::filesystem::path& run);

}  // namespace phreatic::studies::regression
