// SPDX-License-Identifier: BSD-3-Clause
// The stage of the evaluation from rolling origins (hydrographs/evaluation/rolling.hpp): rolling/metrics.csv and, for each
// origin, rolling/origins/<n>/ (hydrographs/training/run_origin.hpp). A resumed run keeps the origins that are done and goes
// on with the training of the one that was not.
#pragma once

#include <string>

#include "phreatic/learn/trainer.hpp"
#include "phreatic/studies/engine/stage.hpp"

namespace phreatic::studies::wells {

// `outlook`: its scores too, rolling/outlook_*.csv.
engine::Stage rolling_stage(const std::string& study_file, bool outlook);

learn::ResumeMode resume_mode(engine::Resume resume);

}  // namespace phreatic::studies::wells
