// SPDX-License-Identifier: BSD-3-Clause
// Several targets of one network: factors beside the fixed weights of their losses, so that none of them is all that is
// learnt. Found after every epoch for the next; their product is 1. Validation keeps the fixed weights, so
// that what stops training does not move with the factors.
//   uncertainty     factor_k ~ 1 / L_k, L_k the target's mean loss of the epoch: the variance of the errors taken as
//                   unknown and put in at its most likely value (Kendall et al. 2018, key kendall2018)
//   gradient_norm   factor_k ~ 1 / G_k, G_k the mean length of the gradient of L_k with respect to what the targets
//                   share, over the first batches of the epoch (Chen et al. 2018, key chen2018, with alpha = 0)
// Free of libtorch.
#pragma once

#include <cstddef>
#include <vector>

namespace phreatic::learn {

inline constexpr std::size_t kGradientBatches = 4;  // of an epoch, whose gradients are measured

// A sum and its number, per target.
struct TargetSums {
  std::vector<double> sum;
  std::vector<double> count;
};

// [target] factors ~ 1 / (sum / count), with the product 1 over the targets that have a size; 1 for those without.
std::vector<double> balanced_factors(const TargetSums& sizes);

}  // namespace phreatic::learn
