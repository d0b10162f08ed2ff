// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/models/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace phreatic::studies::downscaling {
namespace {

constexpr double kNormal90 = 1.645;

// The ceil(0.9 (n + 1))-th smallest, as split conformal prediction takes it.
double quantile90(std::vector<double>& v) {
  if (v.empty()) return kNormal90;
  const auto rank = static_cast<std::size_t>(std::ceil(0.9 * static_cast<double>(v.size() + 1))) - 1;
  const auto at = v.begin() + static_cast<std::ptrdiff_t>(std::min(rank, v.size() - 1));
  std::nth_element(v.begin(), at, v.end());
  return *at;
}

}  // namespace

Calibration calibrate(const FineScorer& scorer, const Inputs& in, const Scheme& scheme,
                      const std::vector<double>& held_out, const std::vector<double>& sd) {
  std::vector<std::vector<double>> ratios(scheme.parts);
  std::vector<std::vector<int>> areas(scheme.parts);
  for (std::size_t i = 0; i < held_out.size(); ++i) {
    const std::size_t cell = i / in.months();
    const double error = scorer.error(i, held_out[i]);
    if (std::isnan(error) || !(sd[cell] > 0)) continue;
    const std::size_t part = scheme.part({in.cells.parent[cell], i % in.months()});
    ratios[part].push_back(std::abs(error) / sd[cell]);
    areas[part].push_back(in.areas.empty() ? -1 : in.areas[cell]);
  }
  double inside = 0, inside_after = 0, count = 0;
  std::map<int, std::pair<double, double>> shares;  // inside, of
  std::vector<double> all;
  for (const auto& part : ratios) all.insert(all.end(), part.begin(), part.end());
  Calibration out;
  out.factor = quantile90(all) / kNormal90;
  for (std::size_t k = 0; k < ratios.size(); ++k) {
    std::vector<double> others;
    for (std::size_t j = 0; j < ratios.size(); ++j) {
      if (j != k) others.insert(others.end(), ratios[j].begin(), ratios[j].end());
    }
    const double limit = quantile90(others);
    for (std::size_t i = 0; i < ratios[k].size(); ++i) {
      const double r = ratios[k][i];
      inside += r <= kNormal90 ? 1 : 0;
      inside_after += r <= limit ? 1 : 0;
      ++count;
      auto& [within, of] = shares[areas[k][i]];
      within += r <= limit ? 1 : 0;
      ++of;
    }
  }
  const double none = std::numeric_limits<double>::quiet_NaN();
  out.before = count > 0 ? inside / count : none;
  out.after = count > 0 ? inside_after / count : none;
  for (const auto& [area, share] : shares) {
    if (area >= 0) out.after_of_area[area] = share.first / share.second;
  }
  return out;
}

}  // namespace phreatic::studies::downscaling
