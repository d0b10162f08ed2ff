// SPDX-License-Identifier: BSD-3-Clause
// Small JSON files of a run folder that the report reads: training.json, wells.json, explain/truth.json.
#pragma once

#include <filesystem>
#include <vector>

#include "phreatic/hydrographs/training/training.hpp"
#include "phreatic/studies/wells/stages/truth.hpp"

namespace phreatic::studies::wells {

// Learning curves and outcome of every member of every unit.
void write_training(const std::vector<hydrographs::UnitTraining>& trained, const std::filesystem::path& path);

// Periods of every well, how its level was given, wells left out, warnings of the reader.
void write_wells(const hydrographs::Prepared& prepared, const std::filesystem::path& path);

// Scores against the truth and a sample of points in truth.json, every date in truth.csv.
void write_truth(const TruthComparison& truth, const hydrographs::Explanation& explanation,
                 const hydrographs::Prepared& prepared, const std::filesystem::path& folder);

}  // namespace phreatic::studies::wells
