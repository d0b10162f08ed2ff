// SPDX-License-Identifier: BSD-3-Clause
// What each covariate does to a model's prediction: Shapley values over groups (a covariate with its sums, all classes of
// a layer, the two columns of the season), by permutations in antithetic pairs, absent groups taken from another row
// drawn at random (key strumbelj2014). Place and time of a row stay.
#pragma once

#include <string>
#include <vector>

#include "phreatic/studies/downscaling/models/models.hpp"

namespace phreatic::studies::downscaling {

struct Importance {
  std::string model;
  std::string covariate;
  double mean_absolute = 0;   // mm, over rows
  double standard_error = 0;  // over rows
  double share = 0;           // of the sum over covariates
};

// group: [column of rows] name. `rows` are those that may be drawn to be explained and as background.
std::vector<Importance> importance_of(const std::string& model, const Predictor& predictor, const Rows& rows,
                                      const std::vector<std::string>& group, std::uint64_t seed);

// Importance beside the true shares of variance of causes (name, share). What a model uses that is no cause has a true
// share of 0; causes that are no covariate are not compared.
struct CauseRanks {
  double correlation = 0;  // Spearman's; NaN with fewer than three
  std::vector<std::string> compared, no_cause, unseen;
};
CauseRanks ranks_of_causes(const std::vector<Importance>& importance,
                           const std::vector<std::pair<std::string, double>>& causes);

}  // namespace phreatic::studies::downscaling
