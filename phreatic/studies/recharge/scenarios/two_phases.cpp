// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/scenarios/two_phases.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::studies::recharge {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kLeastShare = 0.01;

struct Volumes {
  double early = 0, late = 0;
  double error = std::numeric_limits<double>::infinity();  // sum of squared relative errors
};

// Volumes of 0 or more of two exponentials by least squares of relative errors.
Volumes volumes_for(std::span<const double> days, std::span<const double> storage, double k_early,
                    double k_late) {
  double aa = 0, ab = 0, bb = 0, a1 = 0, b1 = 0;
  for (std::size_t i = 0; i < days.size(); ++i) {
    const double a = std::exp(-k_early * days[i]) / storage[i];
    const double b = std::exp(-k_late * days[i]) / storage[i];
    aa += a * a;
    ab += a * b;
    bb += b * b;
    a1 += a;
    b1 += b;
  }
  const double determinant = aa * bb - ab * ab;
  Volumes out;
  if (determinant > 1e-14 * aa * bb) {
    out.early = (bb * a1 - ab * b1) / determinant;
    out.late = (aa * b1 - ab * a1) / determinant;
  }
  if (out.early < 0 || out.late <= 0) {
    out.early = 0;
    out.late = b1 / bb;
  }
  out.error = 0;
  for (std::size_t i = 0; i < days.size(); ++i) {
    const double fitted = out.early * std::exp(-k_early * days[i]) + out.late * std::exp(-k_late * days[i]);
    out.error += (fitted / storage[i] - 1) * (fitted / storage[i] - 1);
  }
  return out;
}

struct Best {
  double log_early = 0, log_late = 0;
  Volumes volumes;
};

// The best pair of a grid of n x n around a point, `half` to each side in log k.
Best best_around(std::span<const double> days, std::span<const double> storage, double early, double late,
                 double half, int n, const Best& before) {
  Best best = before;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      const double e = early + half * (2.0 * i / (n - 1) - 1);
      const double l = late + half * (2.0 * j / (n - 1) - 1);
      if (e <= l) continue;
      const Volumes volumes = volumes_for(days, storage, std::exp(e), std::exp(l));
      if (volumes.error < best.volumes.error) best = {e, l, volumes};
    }
  }
  return best;
}

}  // namespace

TwoPhases fit_two_phases(std::span<const double> days, std::span<const double> storage_m3) {
  PHREATIC_ASSERT(days.size() == storage_m3.size() && days.size() >= 6);
  // From what falls by 1 % over the whole time to what is gone at the second date.
  const double slowest = std::log(0.01 / (days.back() - days.front()));
  const double fastest = std::log(5 / (days[1] - days[0]));
  const double middle = 0.5 * (slowest + fastest);
  double half = 0.5 * (fastest - slowest);
  constexpr int kGrid = 61;
  Best best = best_around(days, storage_m3, middle, middle, half, kGrid, {});
  half *= 4.0 / (kGrid - 1);
  for (int round = 0; round < 12; ++round, half *= 0.4)
    best = best_around(days, storage_m3, best.log_early, best.log_late, half, 11, best);
  TwoPhases out;
  const auto& [early, late, error] = best.volumes;
  out.share_early = early / (early + late);
  out.there = out.share_early >= kLeastShare && out.share_early <= 1 - kLeastShare;
  out.k_early = out.there ? std::exp(best.log_early) : kMissing;
  out.k_late = out.there ? std::exp(best.log_late) : kMissing;
  std::vector<double> simulated, fitted;
  for (std::size_t i = 0; i < days.size(); ++i) {
    simulated.push_back(std::log(storage_m3[i]));
    fitted.push_back(std::log(early * std::exp(-std::exp(best.log_early) * days[i]) +
                              late * std::exp(-std::exp(best.log_late) * days[i])));
  }
  out.r2 = stats::nse(simulated, fitted);
  if (!out.there) out.share_early = kMissing;
  return out;
}

}  // namespace phreatic::studies::recharge
