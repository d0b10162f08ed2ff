// SPDX-License-Identifier: BSD-3-Clause
// The density of a set of points of a search space as a mixture of kernels, one for each point and a wide one for
// what was believed before (bergstra2011, with products of kernels over the settings):
//   p(x) = sum_i w_i prod_d k_d(x_d | m_id),  k of numbers a normal distribution cut at the bounds, of the logarithm
//   where the setting is searched in it; sigma_id the distance to the farther one of the two neighbours in that
//   setting (the outermost points have one), not under (high - low) / min(100, n + 2);
//   k of choices (1 / (n + 1) + [c = m_i]) / (1 + C / (n + 1));  the prior: m the middle, sigma the whole range.
// Points of number 26 and above from the last weigh less the older they are, falling evenly to 1 / n.
#pragma once

#include <vector>

#include "phreatic/core/random.hpp"
#include "phreatic/stats/search/trials.hpp"

namespace phreatic::stats {

class ParzenDensity {
 public:
  // points [n][dimension], oldest first; n may be 0.
  ParzenDensity(const std::vector<SearchDimension>& space, const std::vector<std::vector<double>>& points);
  double log_density(const std::vector<double>& values) const;
  std::vector<double> draw(core::RandomStream& random) const;

 private:
  // One kernel in one dimension, in the scale of the search.
  struct Axis {
    SearchDimension dimension;
    double low = 0;  // bounds of the cut, half a step beyond those of the values where there is one
    double high = 0;
    double step = 0;                          // 0: a density; else the probability of a step
    std::vector<double> sigmas;               // [kernel]
    std::vector<double> middles;              // [kernel]
    std::vector<double> mass;                 // [kernel] of the normal distribution between the bounds, log
    std::vector<std::vector<double>> chance;  // [kernel][choice]
  };
  Axis numbers(const SearchDimension& d, const std::vector<double>& values) const;
  Axis choices(const SearchDimension& d, const std::vector<double>& values) const;
  double log_kernel(const Axis& axis, std::size_t kernel, double value) const;
  double draw(const Axis& axis, std::size_t kernel, core::RandomStream& random) const;

  std::vector<Axis> axes_;
  std::vector<double> weights_;  // [kernel], sum 1
};

}  // namespace phreatic::stats
