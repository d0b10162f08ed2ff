// SPDX-License-Identifier: BSD-3-Clause
// What the models of a comparison must share for their scores to stand beside each other.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/studies/comparison/settings.hpp"

namespace phreatic::studies::comparison {

// Problems: names that make no folder; runs that forecast beside runs that simulate, or other leads; other wells,
// observations, test periods or virtual basins; two runs that are the same. Inputs, training periods, held-out wells
// and networks may differ.
void check_comparable(const std::vector<PlannedRun>& runs, const std::string& study_file,
                      core::Problems& problems);

// A problem where a block of the bootstrap is longer than the longest test period: there would be one block only, and
// no draw of it would differ from another.
void check_blocks(std::size_t longest_test_steps, const stats::PairedBootstrapParams& params,
                  const std::string& study_file, core::Problems& problems);

}  // namespace phreatic::studies::comparison
