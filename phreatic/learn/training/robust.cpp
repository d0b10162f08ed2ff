// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/training/robust.hpp"

#include <algorithm>
#include <cmath>

namespace phreatic::learn {

std::vector<double> robust_factors(const EntityErrors& errors, double ratio) {
  std::vector<double> factors(errors.squares.size(), 1.0);
  std::vector<double> losses;
  for (std::size_t e = 0; e < factors.size(); ++e) {
    if (errors.count[e] > 0) losses.push_back(errors.squares[e] / errors.count[e]);
  }
  if (losses.size() < 3) return factors;
  std::sort(losses.begin(), losses.end());
  const double median = 0.5 * (losses[(losses.size() - 1) / 2] + losses[losses.size() / 2]);
  for (std::size_t e = 0; e < factors.size(); ++e) {
    if (errors.count[e] == 0 || errors.squares[e] == 0) continue;
    const double share = ratio * median * errors.count[e] / errors.squares[e];
    factors[e] = std::pow(std::min(1.0, share), 2);
  }
  return factors;
}

}  // namespace phreatic::learn
