// SPDX-License-Identifier: BSD-3-Clause
// k-means: labels and centres that minimise the inertia sum_i |x_i - c_{label(i)}|^2. Starts by k-means++
// (arthur2007: each further centre is a point drawn with probability ~ squared distance to the nearest
// centre), improved by Lloyd's steps (lloyd1982); the best of several restarts is kept.
#pragma once

#include <cstdint>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/stats/clustering/points.hpp"

namespace phreatic::stats {

struct KMeansParams {
  int clusters = 3;
  int restarts = 20;
  int max_iterations = 300;
  std::uint64_t seed = 1;
};
void describe(core::Describer& d, KMeansParams& p);

struct KMeansResult {
  std::vector<int> labels;      // 0 = largest cluster; ties by their first point
  std::vector<double> centres;  // [cluster][coordinate]
  std::vector<std::size_t> sizes;
  double inertia = 0;
  bool converged = false;  // labels stood still within max_iterations, in the restart that was kept
};

// 1 <= clusters <= points.count (asserted); points without NaN. A cluster that runs empty takes the point
// farthest from its centre. With fewer distinct points than clusters some clusters stay empty (size 0).
// Same result for any number of threads.
KMeansResult kmeans(const Points& points, const KMeansParams& params);

}  // namespace phreatic::stats
