// SPDX-License-Identifier: BSD-3-Clause
// The game of one leaf: players are the d features on its path, bit i of a set S means that feature i is
// known. With p the set of features whose splits the row passes, the leaf is worth
//   f(S) = v [S within p] g(S),   g(S) = weight with which the features outside S pass by themselves
// (path-dependent: product of the shares of cover; interventional: share of background rows). Shapley values
// and interactions for every p at once come from sums over subsets (docs/methods/trees.md).
#pragma once

#include <cstddef>
#include <vector>

namespace phreatic::trees {

// g of all 2^d sets. `passing`: per feature the product of its splits' shares of cover.
std::vector<double> path_weights(const std::vector<double>& passing);
// `patterns`: per background row the set of features whose splits it passes.
std::vector<double> background_weights(const std::vector<unsigned char>& patterns, std::size_t d);

// phi[i * 2^d + p]: of feature i when the row passes p.
std::vector<double> leaf_values(double v, const std::vector<double>& g, std::size_t d);
// phi_ij[k * 2^d + p], k counts the pairs (0,1), (0,2) .. (1,2) ..: half of the interaction index.
std::vector<double> leaf_interactions(double v, const std::vector<double>& g, std::size_t d);

// s! (d - s - 1)! / d!, 0 <= s < d: the share of orders in which exactly a given set of s players comes before
// a given one.
double shapley_weight(std::size_t s, std::size_t d);
// s! (d - s - 2)! / (2 (d - 1)!), 0 <= s < d - 1.
double interaction_weight(std::size_t s, std::size_t d);

}  // namespace phreatic::trees
