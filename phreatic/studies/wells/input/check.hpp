// SPDX-License-Identifier: BSD-3-Clause
// What `phreatic check` tells of a study whose files could be read.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/hydrographs/targets/prepared.hpp"
#include "phreatic/studies/wells/settings.hpp"

namespace phreatic::studies::wells {

// Wells, period, drivers with their roles; each well's levels and how many of them each period holds.
std::vector<std::string> describe_data(const hydrographs::Prepared& prepared);
// Each well's and driver's count, first, last, least, mean and largest value in the file's unit and
// in the study's; a file shared by wells once.
std::vector<std::string> describe_records(const hydrographs::Prepared& prepared);
// What was detected, sorted, merged or filled, one sentence each.
std::vector<std::string> describe_detected(const hydrographs::Prepared& prepared);
// One line for each well with levels that somebody should look at: the first, and how many of which kind.
std::vector<std::string> describe_flags(const hydrographs::Prepared& prepared);
// Windows of each model; adds everything that training would refuse.
std::vector<std::string> check_windows(const hydrographs::Prepared& prepared, const WellsSettings& settings,
                                       const std::string& study_file, core::Problems& problems);
// Wells that cannot be scored, or hardly learnt from.
std::vector<std::string> warn_of_empty_periods(const hydrographs::Prepared& prepared);

}  // namespace phreatic::studies::wells
