// SPDX-License-Identifier: BSD-3-Clause
// `phreatic evaluate STUDY --forecasts FILE...`: forecasts that others made, in the same tables as ours.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/studies/engine/study_file.hpp"

namespace phreatic::studies::wells {

// Writes metrics.csv into `out` and returns what to tell. Where `run` (may be empty) is a finished run folder of
// forecasts, its own stand beside them.
std::vector<std::string> score_given_forecasts(const StudyFile& study,
                                               const std::vector<std::filesystem::path>& files,
                                               const std::filesystem::path& run,
                                               const std::filesystem::path& out, core::Context& context);

}  // namespace phreatic::studies::wells
