// SPDX-License-Identifier: BSD-3-Clause
// Where the codebook of a self-organising map starts.
#pragma once

#include "phreatic/stats/clustering/som.hpp"

namespace phreatic::stats {

// Sizes the map where `som` has no rows and fills its codebook as `params` say.
void start_som(const Points& samples, const SomParams& params, Som& som);

}  // namespace phreatic::stats
