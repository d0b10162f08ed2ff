// SPDX-License-Identifier: BSD-3-Clause
// The page of `phreatic analyse`.
#pragma once

#include <string>
#include <vector>

#include "phreatic/studies/engine/kind.hpp"
#include "phreatic/studies/wells/groups.hpp"

namespace phreatic::studies::wells {

struct TargetAnalysis {
  Analysis series;
  WellGroups groups;
};

// At least one target; `command` is what wrote the page.
Page analysis_page(const std::vector<TargetAnalysis>& targets, const std::string& title,
                   const std::string& command);

}  // namespace phreatic::studies::wells
