// SPDX-License-Identifier: BSD-3-Clause
// A search over the settings of another study as a kind of study of its own: trials in one resumable file, what
// mattered, and the best settings as a study file that runs.
#pragma once

#include "phreatic/studies/engine/kind.hpp"

namespace phreatic::studies::tuning {

// Without stages. `others`: the kinds that may be tuned.
Kind kind(const Kinds& others);

// Its stages, where `others` have theirs.
std::function<engine::Graph(const StudyFile&)> stages(Kinds others);

Page page(const std::filesystem::path& run);

}  // namespace phreatic::studies::tuning
