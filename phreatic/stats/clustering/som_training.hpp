// SPDX-License-Identifier: BSD-3-Clause
// The epochs of a self-organising map (som.hpp). Distances are ||w||^2 - 2 w.x of samples and codebook less the samples'
// means, in blocked matrix products. Online: the products of a block of samples with the codebook as it was before the
// block are brought up to date from the samples' products with each other, and the block's changes of the codebook are one
// matrix product: the sums of one sample after the other, in another order, nothing left out. Online products of complete
// samples are of floats (five digits of the deviations), all else is double.
#pragma once

#include "phreatic/stats/clustering/som.hpp"

namespace phreatic::stats {

// Trains the codebook that `som` holds.
void run_epochs(const Points& samples, const SomParams& params, core::Isa isa, Som& som);

}  // namespace phreatic::stats
