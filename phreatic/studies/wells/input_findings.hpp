// SPDX-License-Identifier: BSD-3-Clause
// What is worth knowing, or wrong, about inputs beside targets once both are on the panel.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/hydrographs/settings.hpp"
#include "phreatic/hydrographs/targets/prepared.hpp"

namespace phreatic::studies::wells {

// Sentences: drivers that are constant in the training period and vary later, attributes of a single well, targets
// that are never observed on the same step. Called before observations are grouped into intervals.
std::vector<std::string> input_findings(const hydrographs::Prepared& prepared);

// A driver that is the place's own target under another name (or in another unit), where the network would see it at
// the step that it is asked for.
void refuse_targets_as_drivers(const hydrographs::Prepared& prepared, const hydrographs::TaskParams& task,
                               const std::string& study_file, core::Problems& problems);

}  // namespace phreatic::studies::wells
