// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include "phreatic/studies/engine/stage.hpp"
#include "phreatic/studies/engine/study_file.hpp"
#include "phreatic/studies/recharge/surrogates/features.hpp"

namespace phreatic::studies::recharge {

// The work of the stage unet, which needs libtorch (unet/stage.hpp).
using UnetWork = std::function<void(const Ground& ground, const Baseline& baseline,
                                    const FirstAquifer& aquifer, engine::StageContext& context)>;

// baseline, adjoint, sites, simulate, targets, train, scan, plan, and unet where it is asked for. Reads the model once to
// know its files. Throws InputError.
engine::Graph stages(const StudyFile& study, const UnetWork& unet = {});

}  // namespace phreatic::studies::recharge
