// SPDX-License-Identifier: BSD-3-Clause
// Robust straight line y = intercept + slope x by Huber's M-estimate (huber1981), reweighted least squares:
//   w_i = min(1, c s / |r_i|),  s = median |r_i| / 0.6745   (median absolute deviation about 0, as statsmodels' RLM)
// starting from ordinary least squares; scale and weights are renewed in every iteration.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace phreatic::stats {

struct HuberParams {
  double tuning = 1.345;     // c: 95 % efficiency for normal errors
  int max_iterations = 20;   // reweightings
  double tolerance = 1e-10;  // stops when no coefficient changes by more, relative to its size
};

struct RobustLine {
  double intercept = 0;
  double slope = 0;
  double scale = 0;  // s of the last reweighting; 0: the points lie on the line
  int iterations = 0;
  std::vector<double> weights;  // [points], 1 = counts fully
};

// Asserts at least two points with different x, all values finite.
RobustLine huber_line(std::span<const double> x, std::span<const double> y, const HuberParams& params = {});

}  // namespace phreatic::stats
