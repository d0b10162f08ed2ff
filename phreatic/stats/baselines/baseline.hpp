// SPDX-License-Identifier: BSD-3-Clause
// What every baseline takes and gives (docs/methods/baselines.md). A baseline learns from the target in
// `train`, may choose between its settings by the target in `validation`, and never reads the target
// elsewhere.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/core/step_range.hpp"
#include "phreatic/data/role.hpp"
#include "phreatic/stats/bands/conformal.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {

// One well. All series have the axis' length; NaN = missing.
struct BaselineData {
  core::TimeAxis axis;
  Series target;
  std::vector<std::string> driver_names;
  std::vector<Series> drivers;  // [variable][time]; rates (mm/d) are means over the step
  core::StepRange train;
  core::StepRange validation;  // may be empty
  // Of each driver, for baselines that ask what a driver is; others leave it empty. What is derived from
  // another driver (a lag, a rolling sum) is `other`.
  std::vector<data::Role> driver_roles;
};

struct BaselineResult {
  std::string name;               // "climatology", for the table's model column
  std::vector<double> simulated;  // every step of the axis; NaN where there is no prediction
  std::string description;        // JSON: settings chosen, parameters, fit
};

// Simulation mode: the last observation of the training period, at every step. All NaN without one.
BaselineResult persistence_baseline(const BaselineData& data);

// Forecast mode: at t the last observation at or before t - lag steps (lag >= 1), from any period: what a
// forecaster knows lag steps ahead. NaN before the first observation.
BaselineResult lagged_persistence_baseline(const BaselineData& data, std::size_t lag);

enum class ClimatologyKind { window, harmonics };
struct ClimatologyParams {
  ClimatologyKind kind = ClimatologyKind::window;
  double half_width_days = 30;  // window: tricube mean, seasonal_mean()
  int harmonics = 3;            // harmonics: seasonal_harmonics()
};
void describe(core::Describer& d, ClimatologyParams& p);

// The training period's mean by day of the year.
BaselineResult climatology_baseline(const BaselineData& data, const ClimatologyParams& params);

// The training period's quantiles (1 - level)/2 and (1 + level)/2 by day of the year (seasonal_quantile()
// with half_width_days), moved by calibrate_bounds() on the validation period; as they are when that holds no
// observation (calibration.count = 0).
struct ClimatologyBand {
  Band band;
  Calibration calibration;
};
ClimatologyBand climatology_band(const BaselineData& data, const ClimatologyParams& climatology,
                                 const ConformalParams& conformal);

}  // namespace phreatic::stats
