// SPDX-License-Identifier: BSD-3-Clause
// Models of other rooms as lines of the table of models: GNNWR and GTNNWR (learn/architectures/gnnwr), SSVAER
// (learn/architectures/ssvaer), boosted trees (trees).
#pragma once

#include "phreatic/studies/downscaling/models/models.hpp"

namespace phreatic::studies::downscaling {

// Coefficients that vary in space, or in space and time. 64 reference points by k-means at most, a fifth of the rows
// (whole months) to stop by, up to 60 epochs.
Predictor fit_gnnwr(const Rows& training, std::uint64_t seed, core::Context& context);
Predictor fit_gtnnwr(const Rows& training, std::uint64_t seed, core::Context& context);
// Labelled rows are coarse cells, unlabelled ones fine cells; rows of one place are in order of months. A fifth of the
// labelled rows (whole months) say when to stop.
Predictor fit_ssvaer(const Rows& training, std::uint64_t seed, core::Context& context);
// 300 trees of depth 4. Throws core::RunError where XGBoost's library is not installed.
Predictor fit_trees(const Rows& training, std::uint64_t seed, core::Context& context);

}  // namespace phreatic::studies::downscaling
