// SPDX-License-Identifier: BSD-3-Clause
// From a study file to the data that its stages work on.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/hydrographs/prepared.hpp"
#include "phreatic/studies/wells/settings.hpp"

namespace phreatic::studies::wells {

// Reads everything the study names (or makes the virtual wells and writes them under `folder`/data first; a
// temporary folder when it is empty), puts it on the axis and splits it. `with_evaluation`: also reads the
// evaluation source of levels. Throws InputError with every problem of every file.
hydrographs::Prepared load_wells(const WellsSettings& settings, const std::string& study_file,
                                 const std::string& folder, core::Context& context,
                                 bool with_evaluation = true);

// What a reader of `phreatic check` wants to see: wells, period, gaps, what was detected.
std::vector<std::string> describe_data(const hydrographs::Prepared& prepared);
// One line for each well with levels that somebody should look at: the first, and how many of which kind.
std::vector<std::string> describe_flags(const hydrographs::Prepared& prepared);

}  // namespace phreatic::studies::wells
