// SPDX-License-Identifier: BSD-3-Clause
// Weights of criteria: from comparisons of pairs (saaty1980), and how high and low scores of a cell count (ordered weighted
// averaging, malczewski2006).
#pragma once

#include <span>
#include <vector>

#include "phreatic/studies/recharge/page/tables.hpp"
#include "phreatic/studies/recharge/settings.hpp"

namespace phreatic::studies::recharge {

struct PairwiseWeights {
  std::vector<double> weights;   // sum 1
  double consistency_ratio = 0;  // above 0.1: the comparisons contradict each other
};
// ratios: how many times as important the first criterion of each pair is as the second, pairs (0,1) (0,2) .. (1,2) ..;
// n (n - 1) / 2 numbers above 0. Principal eigenvector of the reciprocal matrix; consistency index over the mean of random
// matrices.
PairwiseWeights pairwise_weights(std::size_t criteria, std::span<const double> ratios);

// sum_j (u_j v_j / sum u v) z_j with the scores z from the highest down, u the criteria's weights in that order and v the
// order weights; empty v: the weighted sum.
double ordered_average(std::span<const double> scores, std::span<const double> weights,
                       std::span<const double> order);

// plan with its three weights from Shapley values (columns "<target> <input>", a row for each site): of the response the
// sum of mean |SHAP| over the inputs that tell of the place (not rate and area, which are chosen), of the fraction left
// the same of the decay, of the depth the mean |SHAP| of the depths to water in both. What the place decides more of counts
// more.
PlanParams with_shap_weights(const PlanParams& plan, const Table& shap);

}  // namespace phreatic::studies::recharge
