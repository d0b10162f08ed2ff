// SPDX-License-Identifier: BSD-3-Clause
// How a fine field relates to its coarse one: temporal continuity, autocorrelation, variance within coarse cells.
#pragma once

#include "phreatic/studies/downscaling/downscale.hpp"

namespace phreatic::studies::downscaling {

void describe_field(const Inputs& inputs, const Storage& storage, Downscaled& result);

}  // namespace phreatic::studies::downscaling
