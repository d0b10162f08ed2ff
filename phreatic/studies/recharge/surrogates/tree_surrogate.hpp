// SPDX-License-Identifier: BSD-3-Clause
// Boosted trees as a surrogate (phreatic/trees).
#pragma once

#include "phreatic/core/context.hpp"
#include "phreatic/studies/recharge/settings.hpp"
#include "phreatic/studies/recharge/surrogates/surrogate.hpp"

namespace phreatic::studies::recharge {

// Whether the library that trains them is there. Trained ones are used without it.
bool trees_available();
// 300 trees of depth 4, learning rate 0.05, 80 % of rows for each: small trees for a few hundred sites.
trees::TrainParams tree_defaults(std::uint64_t seed);
SurrogatePtr fit_trees(const Samples& samples, const trees::TrainParams& params);

// The best of a search by repeated cross-validation of the logarithms (trees/training/tuning.hpp).
struct TreeSearch {
  trees::TrainParams params;
  double r2 = 0;  // mean over its left-out folds
  std::size_t fits = 0, all_fits = 0;
};
TreeSearch search_trees(const Samples& samples, const TuningParams& params, std::uint64_t seed,
                        core::Context& context);
// XGBoost's JSON with names of the inputs. Throws InputError.
SurrogatePtr read_trees(const std::string& text, const std::string& file);

}  // namespace phreatic::studies::recharge
