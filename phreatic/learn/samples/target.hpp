// SPDX-License-Identifier: BSD-3-Clause
// What is learnt: a list of targets, each with its own loss, weight, anchor and observation step. An entity
// may have observations of some of them only: wells have levels, gauges have discharge.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"

namespace phreatic::learn {

enum class LossKind { nse, one_minus_r2, mse, mae, huber, quantile };

// Loss of one target (equations: training/losses_torch.hpp).
struct LossParams {
  LossKind kind = LossKind::nse;
  double nse_epsilon = 0.1;  // added to an entity's standard deviation, in scaled units
  double huber_delta = 1.0;  // in scaled units
  std::vector<double> quantiles = {0.05, 0.25, 0.5, 0.75, 0.95};  // loss quantile only
  std::size_t outputs_per_target() const { return kind == LossKind::quantile ? quantiles.size() : 1; }
};
void describe(core::Describer& d, LossParams& p);

struct Target {
  std::string name;
  std::optional<LossParams> loss;  // nothing: LearnParams::loss
  double weight = 1;               // factor of this target's loss in the sum over targets
  // Past-only input whose value at the issue date is taken off the target and added to the outputs again:
  // what is learnt is the change since then. Empty: none.
  std::string anchor;
  // What is learnt is the error of a simple forecast, in units of its usual size at that lead: Series::anchors
  // has both. Forecasts only; in place of `anchor`.
  bool anchored_by_lead = false;
  // Steps of the model that one observation is the mean of: a 5-day level in a daily model has 5. The
  // observation stands at the last of them; the loss compares it with the mean of the model's outputs over
  // them. 1: an observation is of its own step.
  std::size_t interval = 1;
};

}  // namespace phreatic::learn
