// SPDX-License-Identifier: BSD-3-Clause
// From a study file to the data that its stages work on.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/hydrographs/prepared.hpp"
#include "phreatic/studies/wells/settings.hpp"

namespace phreatic::studies::wells {

// What the data of a study are made of: all that load_wells() looks at.
struct SourceSettings {
  bool virtual_wells = false;
  data::DataParams data;
  std::vector<data::TargetParams> evaluation;
  hydrographs::Scope scope = hydrographs::Scope::global;
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

// What a reader of `phreatic check` wants to see: wells, period, gaps, what was detected.
std::vector<std::string> describe_data(const hydrographs::Prepared& prepared);
// One line for each well with levels that somebody should look at: the first, and how many of which kind.
std::vector<std::string> describe_flags(const hydrographs::Prepared& prepared);

}  // namespace phreatic::studies::wells
