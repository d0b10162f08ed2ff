// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "phreatic/studies/engine/stage.hpp"
#include "phreatic/studies/engine/study_file.hpp"

namespace phreatic::studies::recharge {

// baseline, sites, simulate, targets, train, scan, plan. Reads the model once to know its files. Throws InputError.
engine::Graph stages(const StudyFile& study);

}  // namespace phreatic::studies::recharge
