// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/training/balance.hpp"

#include <cmath>

namespace phreatic::learn {

std::vector<double> balanced_factors(const TargetSums& sizes) {
  std::vector<double> factors(sizes.sum.size(), 1.0);
  const auto has_size = [&](std::size_t k) { return sizes.count[k] > 0 && sizes.sum[k] > 0; };
  double logarithms = 0;
  double measured = 0;
  for (std::size_t k = 0; k < factors.size(); ++k) {
    if (!has_size(k)) continue;
    logarithms += std::log(sizes.sum[k] / sizes.count[k]);
    ++measured;
  }
  for (std::size_t k = 0; k < factors.size(); ++k) {
    if (has_size(k)) factors[k] = std::exp(logarithms / measured) * sizes.count[k] / sizes.sum[k];
  }
  return factors;
}

}  // namespace phreatic::learn
