// SPDX-License-Identifier: BSD-3-Clause
// Every place of a comparison: what was observed there and what each model simulates, one above the other and against
// each other.
#pragma once

#include <filesystem>
#include <vector>

#include "phreatic/report/report.hpp"
#include "phreatic/studies/comparison/results.hpp"

namespace phreatic::studies::comparison {

// A panel for each place of the targets' scores, read from the runs below `folder`; for more than 200 places a note says
// that they are left out.
void add_places(const std::filesystem::path& folder, const std::vector<ModelScore>& scores,
                report::Report& report);

}  // namespace phreatic::studies::comparison
