// SPDX-License-Identifier: BSD-3-Clause
// How good a partition is, and how many clusters the data support (docs/methods/clustering.md).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/stats/clustering/hierarchical.hpp"
#include "phreatic/stats/clustering/points.hpp"

namespace phreatic::stats {

// Silhouette of each point (rousseeuw1987): (b - a) / max(a, b), a the mean distance to its own cluster's
// other points, b the smallest mean distance to another cluster's. 0 for a cluster of one. `distances` is n x
// n. NaN for all when fewer than two clusters are there.
std::vector<double> silhouettes(const std::vector<double>& distances, std::span<const int> labels);

// Sum over points of the squared Euclidean distance to their cluster's mean. Labels 0, 1, ...
double inertia_of(const Points& points, std::span<const int> labels);

// Agreement of two partitions corrected for chance (hubert1985): 1 = the same, about 0 = random. 1 when both
// are one cluster or both all singletons.
double adjusted_rand_index(std::span<const int> a, std::span<const int> b);

enum class ClusterMethod { kmeans, average, complete, ward };
enum class ChoiceRule { silhouette, gap, gap_global };

struct ClusterChoiceParams {
  ClusterMethod method = ClusterMethod::kmeans;
  int largest = 8;  // k is tried from 1 to this, or to the number of points less one
  ChoiceRule rule = ChoiceRule::silhouette;
  int references = 50;  // reference sets of the gap statistic
  int restarts = 20;    // of k-means
  std::uint64_t seed = 1;
};
void describe(core::Describer& d, ClusterChoiceParams& p);

struct ClusterEvidence {
  int k = 1;
  double inertia = 0;
  double silhouette = 0;  // mean over points; NaN for k = 1
  double gap = 0;         // mean log(inertia of references) - log(inertia)
  double gap_error = 0;   // sd of the references' log inertia times sqrt(1 + 1/references)
};

struct ClusterChoice {
  int k = 1;  // by the rule asked for
  int k_silhouette =
      1;  // largest mean silhouette, k >= 2 (the smaller k among equals); 1 with fewer than 3 points
  // Smallest k with gap(k) >= gap(k + 1) - gap_error(k + 1), the largest if none (tibshirani2001). Says 1 for
  // three groups equally far apart, where two clusters are no better than one.
  int k_gap = 1;
  // Smallest k with gap(k) >= max gap - gap_error there (dudoit2002). Sees those three groups, but more often
  // splits what is one.
  int k_gap_global = 1;
  std::vector<ClusterEvidence> table;
  std::vector<int> labels;  // of the chosen partition, 0 = largest
};

// Points without NaN, Euclidean distance; at least one point. The references are uniform in the box around
// the points in the axes of their principal components. Same result for any number of threads. A log of zero
// inertia (as many clusters as distinct points) makes gap NaN, and the gap rules stop before that k.
ClusterChoice choose_clusters(const Points& points, const ClusterChoiceParams& params);

}  // namespace phreatic::stats
