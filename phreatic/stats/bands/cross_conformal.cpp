// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/bands/cross_conformal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double scale_of(const ConformalFold& fold, std::size_t t) { return fold.scale.empty() ? 1.0 : fold.scale[t]; }

double own_scale_of(const ConformalFold& fold, std::size_t t) {
  return fold.own_scale.empty() ? scale_of(fold, t) : fold.own_scale[t];
}

// Scaled signed errors of the fold's own block.
std::vector<double> errors_of(Series observed, const ConformalFold& fold) {
  std::vector<double> errors;
  for (std::size_t t = 0; t < observed.size(); ++t) {
    const double e = (observed[t] - fold.out_of_sample[t]) / own_scale_of(fold, t);
    if (std::isfinite(e)) errors.push_back(e);
  }
  return errors;
}

// One side of the band: sorted errors by fold, and the rank among all of them.
struct Side {
  std::vector<std::vector<double>> errors;
  std::size_t rank = 0;
};

Side make_side(const std::vector<std::vector<double>>& signed_errors, double sign, bool absolute,
               double quantile) {
  Side side;
  for (const auto& fold : signed_errors) {
    auto& sorted = side.errors.emplace_back(fold);
    for (double& e : sorted) e = absolute ? std::abs(e) : sign * e;
    std::sort(sorted.begin(), sorted.end());
    side.rank +=
        static_cast<std::size_t>(std::upper_bound(sorted.begin(), sorted.end(), quantile) - sorted.begin());
  }
  return side;
}

// The rank-th smallest of offset_k + c_k e over all folds, by bisection.
double ranked_sum(const Side& side, std::span<const double> offsets, std::span<const double> scales) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  std::size_t present = 0;
  std::size_t all = 0;
  for (std::size_t k = 0; k < side.errors.size(); ++k) {
    all += side.errors[k].size();
    if (side.errors[k].empty() || std::isnan(offsets[k])) continue;
    present += side.errors[k].size();
    low = std::min(low, offsets[k] + scales[k] * side.errors[k].front());
    high = std::max(high, offsets[k] + scales[k] * side.errors[k].back());
  }
  if (present == 0) return kUndefined;
  // A fold that does not reach this step leaves its errors out: the same share of the others' is taken.
  const auto wanted = static_cast<std::size_t>(std::ceil(
      static_cast<double>(side.rank) * static_cast<double>(present) / static_cast<double>(all) - 1e-9));
  constexpr int kHalvings = 60;
  for (int i = 0; i < kHalvings && high > low; ++i) {
    const double middle = 0.5 * (low + high);
    std::size_t below = 0;
    for (std::size_t k = 0; k < side.errors.size(); ++k) {
      if (std::isnan(offsets[k])) continue;
      const auto& e = side.errors[k];
      below += static_cast<std::size_t>(
          std::upper_bound(e.begin(), e.end(), (middle - offsets[k]) / scales[k]) - e.begin());
    }
    (below >= wanted ? high : low) = middle;
  }
  return high;
}

// The split conformal calibration from the errors of all folds on their own blocks.
Calibration pooled_calibration(Series observed, std::span<const ConformalFold> folds,
                               const ConformalParams& params) {
  std::vector<double> simulated(observed.size(), kUndefined);
  std::vector<double> scale(observed.size(), kUndefined);
  for (const ConformalFold& fold : folds) {
    for (std::size_t t = 0; t < observed.size(); ++t) {
      if (std::isnan(fold.out_of_sample[t])) continue;
      simulated[t] = fold.out_of_sample[t];
      scale[t] = own_scale_of(fold, t);
    }
  }
  return calibrate(observed, simulated, scale, params);
}

}  // namespace

Band cross_band(Series observed, std::span<const ConformalFold> folds, const ConformalParams& params) {
  const std::size_t times = observed.size();
  Band band{std::vector<double>(times, kUndefined), std::vector<double>(times, kUndefined)};
  const Calibration calibration = pooled_calibration(observed, folds, params);
  if (std::isnan(calibration.low)) return band;
  std::vector<std::vector<double>> errors;
  for (const ConformalFold& fold : folds) {
    PHREATIC_ASSERT(fold.simulated.size() == times && fold.out_of_sample.size() == times);
    errors.push_back(errors_of(observed, fold));
  }
  const bool absolute = params.shape == BandShape::symmetric;
  const Side down = make_side(errors, -1, absolute, calibration.low);
  const Side up = make_side(errors, 1, absolute, calibration.high);
  std::vector<double> offsets(folds.size());
  std::vector<double> scales(folds.size());
  for (std::size_t t = 0; t < times; ++t) {
    for (std::size_t k = 0; k < folds.size(); ++k) {
      scales[k] = scale_of(folds[k], t);
      offsets[k] = scales[k] > 0 ? folds[k].simulated[t] : kUndefined;
    }
    band.upper[t] = ranked_sum(up, offsets, scales);
    for (double& s : offsets) s = -s;
    band.lower[t] = -ranked_sum(down, offsets, scales);
  }
  return band;
}

}  // namespace phreatic::stats
