// SPDX-License-Identifier: BSD-3-Clause
// Lagged ridge regression (hoerl1970): y_t = b0 + sum_j b_j z_{tj}, with z the standardised features of step
// t: each driver at the given lags, its mean over windows that end at t, and the season's harmonics.
//   b = argmin sum_train (y - b0 - z b)^2 + lambda n sum b_j^2
// Features are standardised by their mean and standard deviation over the training rows; lambda comes from a
// grid by the error on the validation period.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/stats/baselines/baseline.hpp"

namespace phreatic::stats {

struct RidgeParams {
  std::vector<double> lags_days{0, 1, 2, 3, 5, 7, 14, 30};
  std::vector<double> windows_days{7, 14, 30, 60, 90, 180, 365, 730};
  int harmonics = 2;           // 0 = no season
  double present_share = 0.9;  // of a window's values that must be there
  double row_share = 0.7;      // of the training rows on which a feature must be there, else it is left out
  std::vector<double> penalties{1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1, 3, 10, 100};
};
void describe(core::Describer& d, RidgeParams& p);

struct RidgeModel {
  std::vector<std::string> features;  // "precipitation mean 30", "temperature lag 2", "cos 1"
  std::vector<double> feature_mean;
  std::vector<double> feature_sd;
  std::vector<double> coefficients;   // per standard deviation of the feature, unit of the target
  std::vector<std::string> left_out;  // features, with the reason
  double intercept = 0;
  double penalty = 0;
  std::size_t training_rows = 0;
  bool ok = false;  // false: fewer than two training rows, or every feature constant; nothing is predicted
};

struct RidgeResult {
  RidgeModel model;
  BaselineResult result;  // name "ridge"
};

// Lags and windows are rounded to steps of the axis and doubled ones dropped. Features that are constant over
// the training rows or missing on too many of them (row_share) are left out and listed. A step is predicted
// when all its features are there. Without an observation in the validation period lambda is chosen by
// leave-one-out error on the training period.
RidgeResult ridge_baseline(const BaselineData& data, const RidgeParams& params);

}  // namespace phreatic::stats
