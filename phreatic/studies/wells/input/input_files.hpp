// SPDX-License-Identifier: BSD-3-Clause
// Every file that a `data` block and a list of evaluation sources name: what the data stage declares as its input.
#pragma once

#include <filesystem>
#include <vector>

#include "phreatic/data/sources.hpp"
#include "phreatic/studies/engine/stage.hpp"

namespace phreatic::studies::wells {

// Patterns with {id} and * stand for the files that are there now; a path that nothing is at is listed too, so that its appearing is seen. Names are as
// written in the study file, with the well or file put in. Never throws for what is missing: reading tells it.
std::vector<engine::InputFile> input_files(const data::DataParams& data,
                                           const std::vector<data::TargetParams>& evaluation,
                                           const std::filesystem::path& base);

}  // namespace phreatic::studies::wells
