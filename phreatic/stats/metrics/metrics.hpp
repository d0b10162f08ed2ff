// SPDX-License-Identifier: BSD-3-Clause
// How well a simulation s fits observations o (docs/methods/metrics.md). Both have one value per time step
// and the same length (a shorter one is a bug: asserted). A step counts only when o and s are both there
// (not NaN); sums and means below run over those n steps. Standard deviations divide by n. An infinite value
// is a value, not a gap: it makes the metric infinite or NaN.
//
// Undefined means NaN is returned, always: with no step that counts, and as said at each metric. "Constant"
// means that all values are equal bit for bit.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace phreatic::stats {

using Series = std::span<const double>;

// How many steps count, and how many observations have no simulated value (a model that leaves gaps).
struct PairCount {
  std::size_t pairs = 0;
  std::size_t observed_only = 0;
};
PairCount count_pairs(Series observed, Series simulated);

// Nash-Sutcliffe efficiency with the mean of the scored period: 1 - sum (s - o)^2 / sum (o - mean o)^2, over
// the steps that count (nash1970). Undefined for constant o, hence for n < 2.
double nse(Series observed, Series simulated);

// The same with the mean of the training period's observations in the denominator, as GEMS-GER scores do.
// Undefined when all of `training_observed` is missing or every o equals that mean. One step is enough.
double nse_trainmean(Series observed, Series simulated, Series training_observed);

// Pearson's correlation r. Undefined for n < 2 or constant o or s.
double pearson(Series observed, Series simulated);

// Squared Pearson correlation: blind to bias and scale. Undefined as r is.
double r2(Series observed, Series simulated);

double rmse(Series observed, Series simulated);  // sqrt(mean (s - o)^2), unit of o
double mae(Series observed, Series simulated);   // mean |s - o|, unit of o
double bias(Series observed, Series simulated);  // mean (s - o), unit of o; positive = simulated too high

// Kling-Gupta efficiency 1 - sqrt((r - 1)^2 + (a - 1)^2 + (b - 1)^2), b = mean s / mean o. 2009: a = sd s /
// sd o (gupta2009); 2012: a = (sd s / mean s) / (sd o / mean o) (kling2012). Undefined for n < 2, constant o
// or s, mean o = 0, and 2012 for mean s = 0. b has little meaning for levels, whose zero is a convention.
double kge_2009(Series observed, Series simulated);
double kge_2012(Series observed, Series simulated);

// Parts of the NSE (gupta2009): sd s / sd o, and (mean s - mean o) / sd o. Undefined for constant o.
double alpha_nse(Series observed, Series simulated);
double beta_nse(Series observed, Series simulated);

// 1 - sum (s_t - o_t)^2 / sum (o_{t-lag} - o_t)^2 over the steps where o_t, s_t and o_{t-lag} are there
// (kitanidis1980): skill over "as it was lag steps ago". lag >= 1. Undefined when no such step is left or o
// never changed over the lag.
double persistence_index(Series observed, Series simulated, std::size_t lag = 1);

// Share, 0..1, of the values that are > threshold; NaN values (undefined scores) are left out of both counts.
// Undefined when none is left.
double share_above(Series values, double threshold);

// Intervals: a step counts when o, lower and upper are all there. Crossed bounds (lower > upper) cover
// nothing.
// Share of o in [lower, upper] (PICP), 0..1.
double coverage(Series observed, Series lower, Series upper);
// Mean width upper - lower, unit of o.
double interval_width(Series observed, Series lower, Series upper);
// Mean interval (Winkler) score (winkler1972, gneiting2007), unit of o, smaller is better:
//   (upper - lower) + 2/a max(lower - o, 0) + 2/a max(o - upper, 0),   a = 1 - level, 0 < level < 1.
// It equals 2/a times the sum of the two bounds' quantile losses, also when they cross, so it is never < 0.
double interval_score(Series observed, Series lower, Series upper, double level);
// Mean quantile (pinball) loss of predicted quantiles q at probability tau in (0, 1):
//   tau (o - q) for o >= q, (1 - tau)(q - o) otherwise.
double quantile_loss(Series observed, Series predicted, double tau);

// Middle value and mean of the values that are not NaN; undefined when none is left. The middle of an even
// number is the mean of the two middle ones.
double median(Series values);
double mean(Series values);
// Quantile at probability p in [0, 1] of the values that are not NaN, linear between order statistics
// (type 7 of hyndman1996, the default of NumPy and R). Undefined when none is left.
double quantile(Series values, double p);

// "coverage_90" for ("coverage", 0.9), "coverage_97.5" for 0.975.
std::string level_name(const std::string& metric, double level);

}  // namespace phreatic::stats
