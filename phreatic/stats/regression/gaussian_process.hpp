// SPDX-License-Identifier: BSD-3-Clause
// A Gaussian process of mean zero (rasmussen2006) on features in groups with a length each:
//   cov(i, j) = s^2 exp(-r) + n^2 [i = j],   r^2 = sum over groups of |x_i - x_j|^2 / length^2
// s, n and the lengths are those of the largest marginal likelihood, found by Nelder and Mead's simplex on their
// logarithms. The exponential kernel is that of rough fields. O(rows^3) time, O(rows^2) memory.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace phreatic::stats {

inline constexpr std::size_t kMostGaussianRows = 4000;

struct GaussianProcess {
  std::vector<std::size_t> groups;  // features of each group
  std::vector<double> features;     // [row][feature] of the training rows
  std::vector<double> weights;      // [row]
  std::vector<double> lengths;      // [group], units of the features
  double signal = 0, noise = 0;     // s, n: units of the target
  double log_likelihood = 0;
  bool solved = false;  // false: no parameters with a positive definite covariance
};

// groups: how many features each has, in their order; sums to the features of a row. start_lengths: [group]. At least 3
// rows and at most kMostGaussianRows (asserted). steps: evaluations of the likelihood at most.
GaussianProcess fit_gaussian_process(std::span<const double> features, std::span<const std::size_t> groups,
                                     std::span<const double> target, std::span<const double> start_lengths,
                                     int steps = 150);
// Mean at each row of `features`.
std::vector<double> gaussian_process_mean(const GaussianProcess& process, std::span<const double> features);

}  // namespace phreatic::stats
