// SPDX-License-Identifier: BSD-3-Clause
// Entities that do not fit what is learnt from the others lose their say: after every epoch
//   factor_e = min(1, r m / L_e)^2,  L_e the mean weighted squared error of entity e in that epoch, m their
//   median, r training.robust_ratio
// multiplies the entity's weights in the next (iteratively reweighted; the influence of an entity's errors is
// bounded and falls off beyond r medians: Huber 1981, key huber1981). Free of libtorch.
#pragma once

#include <vector>

namespace phreatic::learn {

// Sums over one epoch.
struct EntityErrors {
  std::vector<double> squares;  // [entity] sum of w e^2, w without factors
  std::vector<double> count;    // observations
};

// [entity]; 1 for entities without observations, and for all where fewer than three have some.
std::vector<double> robust_factors(const EntityErrors& errors, double ratio);

}  // namespace phreatic::learn
