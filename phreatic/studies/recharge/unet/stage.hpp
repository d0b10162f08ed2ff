// SPDX-License-Identifier: BSD-3-Clause
// The stage unet: trained and scored at the sites of the other surrogates. Of the program with libtorch.
#pragma once

#include "phreatic/studies/engine/stage.hpp"
#include "phreatic/studies/recharge/surrogates/features.hpp"

namespace phreatic::studies::recharge {

void unet_work(const Ground& ground, const Baseline& baseline, const FirstAquifer& aquifer,
               engine::StageContext& context);

}  // namespace phreatic::studies::recharge
