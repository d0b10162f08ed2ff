// SPDX-License-Identifier: BSD-3-Clause
// Attributions against known truth (the virtual basin's Shapley values): correlation, slope and relative
// RMSE, per well and driver. A constant offset of a series depends on the references only and is taken out.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace phreatic::explain {

struct TruthScore {
  double correlation = 0;    // Pearson; NaN when either series is constant
  double slope = 0;          // of attribution on truth (least squares); 1 = right size
  double relative_rmse = 0;  // RMSE of the centred series / standard deviation of the truth
  std::size_t n = 0;         // pairs used (NaN pairs are left out)
};

TruthScore score_against_truth(std::span<const double> attribution, std::span<const double> truth);

struct TruthSummary {
  std::vector<TruthScore> by_driver;  // pooled over the wells, each well centred by itself
  std::vector<TruthScore> by_well;    // pooled over drivers
  double mean_correlation = 0;        // of by_well
  double mean_slope = 0;
  double mean_relative_rmse = 0;
};
// attribution and truth [well][date][driver] in m; NaN dates are left out. Drivers whose truth varies less
// than `least_sd_m` in a well do not enter that well's pooled series.
TruthSummary score_against_truth(std::span<const double> attribution, std::span<const double> truth,
                                 std::size_t wells, std::size_t dates, std::size_t drivers,
                                 double least_sd_m = 0);

}  // namespace phreatic::explain
