// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/scoring.hpp"

#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"

namespace phreatic::basin {

AttributionScore score_pairs(std::span<const double> attributed, std::span<const double> truth) {
  PHREATIC_ASSERT(attributed.size() == truth.size());
  AttributionScore out;
  double mean_a = 0;
  double mean_t = 0;
  const auto counts = [&](std::size_t i) { return !std::isnan(attributed[i]) && !std::isnan(truth[i]); };
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (!counts(i)) continue;
    ++out.count;
    mean_a += attributed[i];
    mean_t += truth[i];
  }
  const auto n = static_cast<double>(out.count);
  mean_a /= n;
  mean_t /= n;
  double aa = 0;
  double tt = 0;
  double at = 0;
  double squared_error = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (!counts(i)) continue;
    const double a = attributed[i] - mean_a;
    const double t = truth[i] - mean_t;
    aa += a * a;
    tt += t * t;
    at += a * t;
    squared_error += (attributed[i] - truth[i]) * (attributed[i] - truth[i]);
  }
  constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
  out.correlation = aa > 0 && tt > 0 ? at / std::sqrt(aa * tt) : kUndefined;
  out.slope = tt > 0 ? at / tt : kUndefined;
  out.relative_rmse = tt > 0 ? std::sqrt(squared_error / tt) : kUndefined;
  return out;
}

std::vector<AttributionScore> score_attribution(std::span<const double> attributed,
                                                std::span<const double> truth,
                                                std::span<const std::string> groups) {
  PHREATIC_ASSERT(!groups.empty() && truth.size() % groups.size() == 0);
  std::vector<AttributionScore> out = {score_pairs(attributed, truth)};
  out.front().group = "all";
  const std::size_t samples = truth.size() / groups.size();
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::vector<double> a(samples);
    std::vector<double> t(samples);
    for (std::size_t i = 0; i < samples; ++i) {
      a[i] = attributed[i * groups.size() + g];
      t[i] = truth[i * groups.size() + g];
    }
    out.push_back(score_pairs(a, t));
    out.back().group = groups[g];
  }
  return out;
}

}  // namespace phreatic::basin
