// SPDX-License-Identifier: BSD-3-Clause
// Agglomerative clustering by the nearest-neighbour chain (murtagh2012) with Lance-Williams updates of the
// distance d between clusters i, j and any other l (lance1967; n = sizes):
//   average   (n_i d_il + n_j d_jl) / (n_i + n_j)
//   complete  max(d_il, d_jl)
//   ward      sqrt(((n_i + n_l) d_il^2 + (n_j + n_l) d_jl^2 - n_l d_ij^2) / (n_i + n_j + n_l))
// ward is meant for Euclidean distances.
#pragma once

#include <cstddef>
#include <vector>

#include "phreatic/stats/clustering/points.hpp"

namespace phreatic::stats {

enum class Linkage { average, complete, ward };

// Clusters 0 .. n - 1 are the points; merge i makes cluster n + i.
struct Merge {
  std::size_t first = 0;  // < second
  std::size_t second = 0;
  double height = 0;
  std::size_t size = 0;  // points in the new cluster
};

// n x n distances, [i][j], from points without NaN.
std::vector<double> euclidean_distances(const Points& points);
// 1 - Pearson correlation over the coordinates that both points have (NaN = missing); 1 where undefined.
std::vector<double> correlation_distances(const Points& points);

// n - 1 merges in order of height from a symmetric n x n matrix. Memory n^2, time n^2.
std::vector<Merge> agglomerate(const std::vector<double>& distances, std::size_t n, Linkage linkage);

// Labels of the `clusters` (1..n) clusters left when the last merges are undone; 0 = largest, ties by first
// point.
std::vector<int> cut(const std::vector<Merge>& merges, std::size_t clusters);

}  // namespace phreatic::stats
