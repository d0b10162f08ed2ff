// SPDX-License-Identifier: BSD-3-Clause
// How large errors are where and when: scales of locally weighted conformal bands (lei2018).
#pragma once

#include <optional>
#include <vector>

#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {

// Mean of values >= 0 near a place (Nadaraya-Watson, Gaussian kernel of `width` standard deviations of the
// places; nadaraya1964), never below floor_share of their mean. Places beyond those seen take the nearest
// one's. Places are put into 512 bins first.
class LocalMean {
 public:
  LocalMean(Series values, Series places, double width = 0.5, double floor_share = 0.3);
  // NaN for NaN, and everywhere when no value was given; 1 when all were 0.
  std::vector<double> at(Series places) const;

 private:
  double low_ = 0, step_ = 0;
  std::vector<double> grid_;  // mean at low_ + i step_
};

// Mean |o - s| by simulated level; with a water balance (any unit, by step of the same axis, NaN where not
// known) times the mean of the remaining ratio by balance.
class ErrorScale {
 public:
  ErrorScale(Series observed, Series simulated, Series balance = {});
  std::vector<double> at(Series levels) const;  // [time]; NaN for NaN

 private:
  LocalMean by_level_;
  std::optional<LocalMean> by_balance_;
  Series balance_;
};

// Sum over the `steps` steps up to each, NaN until there are so many or where one of them is missing.
std::vector<double> trailing_sum(Series values, std::size_t steps);

}  // namespace phreatic::stats
