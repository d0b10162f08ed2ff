// SPDX-License-Identifier: BSD-3-Clause
// The stages that say what moves the levels, and what all stages after training share.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/hydrographs/targets/units.hpp"
#include "phreatic/studies/engine/stage.hpp"
#include "phreatic/studies/wells/settings.hpp"

namespace phreatic::studies::wells {

// The series that the stage `data` hands on; stages that ask for them need {"data", "series"}.
const hydrographs::Prepared& data_of(const engine::StageContext& context);

// The trained units. Asked for with the data that they are planned from.
hydrographs::Models models_of(const engine::StageContext& context, const hydrographs::Prepared& prepared,
                              const std::filesystem::path& folder);

// What the outputs of each target end in, in the order of the networks' outputs (targets.hpp).
using Suffixes = std::vector<std::string>;

// Contributions and, as the settings say, attention, other methods, types of dynamics and the truth of virtual wells.
void add_explanation_stages(const WellsSettings& settings, const Suffixes& suffixes,
                            std::vector<engine::Stage>& stages);

}  // namespace phreatic::studies::wells
