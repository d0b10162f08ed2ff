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

// With 'observed_targets: true': the drivers that hold a target, and where.
std::vector<std::string> observed_target_findings(const hydrographs::Prepared& prepared,
                                                  const hydrographs::TaskParams& task);

// A driver that is the place's own target under another name (or in another unit), at once or up to 31 steps late (in
// forecasts less late than the horizon is long), unless 'observed_targets: true' lets it stand.
void refuse_targets_as_drivers(const hydrographs::Prepared& prepared, const hydrographs::TaskParams& task,
                               const std::string& study_file, core::Problems& problems);

}  // namespace phreatic::studies::wells
