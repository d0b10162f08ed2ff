// SPDX-License-Identifier: BSD-3-Clause
// Whose files are in a run folder: what no run of ours wrote is the user's and stays. And which files a stage
// may open.
#pragma once

#include <filesystem>
#include <set>
#include <vector>

#include "phreatic/studies/engine/record.hpp"
#include "phreatic/studies/engine/stage.hpp"

namespace phreatic::studies::engine {

// Opens the record of a run folder and claims for this run's writing what `stages` put out. Throws
// InputError, before anything is written, for every file and folder that stands in the way and that no run
// wrote, unless `force`.
Record claim(const std::filesystem::path& out, const Graph& graph, const std::vector<const Stage*>& stages,
             bool force);

// Asserts that `files`, which were opened while the stage worked, are its input files, files of the outputs
// that it needs, its own, or the run folder's study.yml and provenance.json (which every stage writes or
// reads as text for the reader).
void check_reads(const Graph& graph, const Stage& stage, const std::filesystem::path& out,
                 const std::set<std::filesystem::path>& files);

}  // namespace phreatic::studies::engine
