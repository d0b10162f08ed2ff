// SPDX-License-Identifier: BSD-3-Clause
// Split conformal intervals: a band around a simulation s whose width comes from the errors made on a
// calibration (validation) period (vovk2005, lei2018; docs/methods/uncertainty.md).
//
// Scaled errors e_t = (o_t - s_t) / scale_t over the n steps where o, s and scale are there. With
// Q_p = the ceil((n + 1) p)-th smallest of a set of n values (the finite-sample rank):
//   symmetric   band s + scale [-q, q],          q = Q_level of |e|
//   asymmetric  band s + scale [-q_low, q_high], q_high = Q_{1 - a/2} of e, q_low = Q_{1 - a/2} of -e
// with a = 1 - level. For bounds that already are quantiles (l, u) the errors are max(l - o, o - u), or the
// two apart, and the band is [l - q_low, u + q_high] (romano2019); q may be negative.
//
// Under exchangeable errors the band covers a new observation with probability >= level. Daily errors are not
// exchangeable: they come in runs, so that n of them are worth fewer. `dependence` widens for that.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/stats/series/season.hpp"

namespace phreatic::stats {

enum class BandShape { symmetric, asymmetric };

// independent: the rank above. effective_sample: as if the n values were their effective_count() m, i.e.
// probability min(1, p (m + 1) / m). blocks: the calibration period is cut into blocks of block_steps; the
// quantile is that block's own Q_p which a share block_share of the blocks does not exceed. Never narrower
// than independent.
enum class Dependence { independent, effective_sample, blocks };

struct ConformalParams {
  double level = 0.9;
  BandShape shape = BandShape::symmetric;
  Dependence dependence = Dependence::effective_sample;
  int block_steps = 90;
  double block_share = 0.8;
};
void describe(core::Describer& d, ConformalParams& p);

struct Calibration {
  double level = 0.9;
  double low = 0;   // q_low: scaled distance of the lower bound below s (or below the given lower bound)
  double high = 0;  // q_high; both NaN when there was nothing to calibrate on
  std::size_t count = 0;       // errors used
  double effective_count = 0;  // independent errors they are worth; NaN when constant or none
  bool too_few = false;  // the rank lies beyond the largest error, which is used: the level is not guaranteed
  std::vector<double> errors;  // e, ascending; empty for calibrate_bounds
};

struct Band {
  std::vector<double> lower;
  std::vector<double> upper;
};

// `scale` is empty (all ones) or one value per step, > 0; steps with NaN or scale <= 0 do not count.
Calibration calibrate(Series observed, Series simulated, Series scale, const ConformalParams& params);
// NaN where s is NaN, or the scale is NaN or <= 0.
Band apply(const Calibration& calibration, Series simulated, Series scale);

// For predicted quantiles. apply_bounds never crosses bounds that did not cross: where low + high is so
// negative that they would, both become their midpoint.
Calibration calibrate_bounds(Series observed, Series lower, Series upper, const ConformalParams& params);
Band apply_bounds(const Calibration& calibration, Series lower, Series upper);

// Scale: mean |o - s| by day of the year (seasonal_mean), at least floor_share of its mean over all steps, which
// also stands on days that see no error. All NaN without an error; all 1 when every error is 0.
YearTable seasonal_scale(Series observed, Series simulated, std::span<const int> days,
                         double half_width_days = 45, double floor_share = 0.3);

// P(o_t > threshold) from the errors of the calibration: (#{e > x} + #{e = x}/2 + 1/2) / (n + 1), x =
// (threshold - s) / scale. Never 0 or 1. The asymmetric band is its pair of quantiles. NaN without errors.
double exceedance(const Calibration& calibration, double simulated, double scale, double threshold);

}  // namespace phreatic::stats
