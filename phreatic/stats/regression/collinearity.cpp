// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/regression/collinearity.hpp"

#include <algorithm>
#include <limits>

#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {
namespace {

constexpr double kDependent = 1e-12;  // 1 - R2 below which a column is taken for a function of the others

}  // namespace

std::vector<double> variance_inflation(const Columns& x) {
  std::vector<double> out;
  for (std::size_t j = 0; j < x.size(); ++j) {
    if (!ols({x[j]}, x[j]).constant.empty()) {
      out.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    Columns others = x;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(j));
    const OlsFit fit = ols(others, x[j]);
    const double rest = fit.rss / fit.tss;
    out.push_back(rest > kDependent ? 1 / rest : std::numeric_limits<double>::infinity());
  }
  return out;
}

std::vector<CollinearPair> collinear_pairs(const Columns& x, double threshold) {
  std::vector<CollinearPair> out;
  for (std::size_t a = 0; a < x.size(); ++a) {
    for (std::size_t b = a + 1; b < x.size(); ++b) {
      const double both = r2(x[a], x[b]);
      if (both > threshold) out.push_back({a, b, both});
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& p, const auto& q) { return p.r2 > q.r2; });
  return out;
}

}  // namespace phreatic::stats
