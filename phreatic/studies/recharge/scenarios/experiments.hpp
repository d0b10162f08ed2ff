// SPDX-License-Identifier: BSD-3-Clause
// What else is asked of surrogates: how many sites they need, what they are worth in the half of the area that they have
// not seen, and how hard the catchment is.
#pragma once

#include "phreatic/studies/recharge/surrogates/training.hpp"

namespace phreatic::studies::recharge {

// A row for each target, model, number of sites and draw: R2 of the back-transformed target at the random test's sites.
// Sizes beyond the number of training sites are left out.
Table learning_curves(const TrainingInput& input, const Training& training, const SurrogateParams& params);

// A row for each target, model and direction (west-east, east-west, or north-south ...): R2 at all sites of the other half,
// the share of them whose inputs all lie within the range of the training sites, and R2 at those.
Table transfer_scores(const TrainingInput& input, const Training& training, const SurrogateParams& params);

// How hard the catchment is: a row for each measure with its value.
Table difficulty(const TrainingInput& input, const Training& training);

// What more water and more area add, by the mapping model of S0: rows of input ("rate", "area"), its value, the 10, 50 and
// 90 % of S0 over all sites with that value in place of their own, and the median's gain for one more mm/d or km2.
Table diminishing_returns(const Table& targets, const Training& training);

// site, set of the random split, block.
Table splits_table(const TrainingInput& input, const Training& training);

}  // namespace phreatic::studies::recharge
