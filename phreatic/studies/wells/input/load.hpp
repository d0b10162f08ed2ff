// SPDX-License-Identifier: BSD-3-Clause
// From a study file to the data that its stages work on.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/hydrographs/targets/prepared.hpp"
#include "phreatic/studies/wells/settings.hpp"

namespace phreatic::studies::wells {

// What the data of a study are made of: all that load_wells() looks at.
struct SourceSettings {
  bool virtual_wells = false;
  data::DataParams data;
  std::vector<data::TargetParams> evaluation;
  hydrographs::Scope scope = hydrographs::Scope::global;
  std::vector<hydrographs::TargetTask> targets;  // intervals of observations
  bool with_attributes = true;                   // `attributes: none`: they are not read
};
void describe(core::Describer& d, SourceSettings& p);
SourceSettings sources_of(const WellsSettings& settings);

// Where relative paths of the study start, as an absolute path.
std::filesystem::path base_folder(const WellsSettings& settings, const std::string& study_file);

// Reads everything the study names, from paths that start at `base` (of virtual wells: the folder that basin::write_basin() wrote), puts it on the axis
// and splits it. Throws InputError with every problem of every file; `study_file` stands in messages.
hydrographs::Prepared load_wells(const SourceSettings& settings, const std::filesystem::path& base,
                                 const std::string& study_file, core::Context& context);

// The same from nothing but the study: virtual wells are made in a temporary folder. For `check`.
hydrographs::Prepared load_for_check(const WellsSettings& settings, const std::string& study_file,
                                     core::Context& context);

// The data that a trained model is used with: drivers, and levels where the study names any; no split.
hydrographs::Prepared load_for_use(const WellsSettings& settings, const std::string& study_file,
                                   core::Context& context);

}  // namespace phreatic::studies::wells
