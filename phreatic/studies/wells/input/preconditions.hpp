// SPDX-License-Identifier: BSD-3-Clause
// What must hold before a wells study can run, beyond what reading its files tells: one list for `check` and for `run`.
#pragma once

#include <string>

#include "phreatic/core/errors.hpp"
#include "phreatic/hydrographs/targets/prepared.hpp"
#include "phreatic/studies/wells/settings.hpp"

namespace phreatic::studies::wells {

// Blocks that the list looks at.
struct CheckedSettings {
  hydrographs::TaskParams task;
  data::SplitParams split;
  hydrographs::UncertaintyParams uncertainty;
  hydrographs::ExplainParams explain;
  std::vector<std::string> baselines;
  hydrographs::RollingParams rolling;
};
CheckedSettings checked_settings(const WellsSettings& settings);

// Adds a problem for everything that a later stage would refuse or die of.
void check_preconditions(const hydrographs::Prepared& prepared, const CheckedSettings& settings,
                         const std::string& study_file, core::Problems& problems);

}  // namespace phreatic::studies::wells
