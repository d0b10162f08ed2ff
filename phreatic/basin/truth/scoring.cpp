// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/truth/scoring.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "phreatic/core/errors.hpp"

namespace phreatic::basin {

namespace {

bool is_constant(std::span<const double> v) {
  return std::adjacent_find(v.begin(), v.end(), std::not_equal_to<>()) == v.end();
}

double mean(std::span<const double> v) {
  return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}

}  // namespace

AttributionScore score_pairs(std::span<const double> attributed, std::span<const double> truth) {
  PHREATIC_ASSERT(attributed.size() == truth.size());
  constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> a;
  std::vector<double> t;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (std::isnan(attributed[i]) || std::isnan(truth[i])) continue;
    a.push_back(attributed[i]);
    t.push_back(truth[i]);
  }
  AttributionScore out{"", t.size(), kUndefined, kUndefined, kUndefined};
  if (is_constant(t)) return out;
  const double mean_a = mean(a);
  const double mean_t = mean(t);
  double aa = 0;
  double tt = 0;
  double at = 0;
  double squared_error = 0;
  for (std::size_t i = 0; i < t.size(); ++i) {
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    tt += (t[i] - mean_t) * (t[i] - mean_t);
    at += (a[i] - mean_a) * (t[i] - mean_t);
    squared_error += (a[i] - t[i]) * (a[i] - t[i]);
  }
  if (!is_constant(a)) out.correlation = at / std::sqrt(aa * tt);
  out.slope = at / tt;
  out.relative_rmse = std::sqrt(squared_error / tt);
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
