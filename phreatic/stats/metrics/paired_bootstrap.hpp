// SPDX-License-Identifier: BSD-3-Clause
// Is one model better than another, or was it luck with these wells and these years? Paired bootstrap over entities and
// blocks of time (kunsch1989 for blocks): each resample draws entities and, the same for all of them, for they share
// their weather, consecutive blocks of steps with replacement, and takes the difference in skill of both models on it.
//   skill of a resample   mean or median over its entities of NSE = 1 - sum e^2 / sum (o - mean o)^2
//   interval              percentiles of the differences
//   p                     2 min(share <= 0, share >= 0), counting one more of each
// Steps count where the observation and both models are there.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {

// One entity; three series of one length, the same axis for all entities.
struct PairedSeries {
  Series observed;
  Series first;
  Series second;
};

struct PairedBootstrapParams {
  int block_steps = 90;
  int resamples = 2000;
  double level = 0.95;
  std::uint64_t seed = 1;
};
void describe(core::Describer& d, PairedBootstrapParams& p);

struct DifferenceInterval {
  double value = 0;  // first less second, on the data as they are
  double low = 0;
  double high = 0;
  double p_value = 1;
};

// All NaN where no entity has two pairs that differ in what was observed.
struct PairedDifference {
  DifferenceInterval mean;    // of the mean NSE over entities
  DifferenceInterval median;  // of the median NSE
  std::size_t entities = 0;   // with an NSE
  std::size_t first_better = 0;
  std::size_t blocks = 0;  // of time, that hold a pair
};
PairedDifference paired_nse_difference(std::span<const PairedSeries> entities,
                                       const PairedBootstrapParams& params);

}  // namespace phreatic::stats
