// SPDX-License-Identifier: BSD-3-Clause
// From the outputs of networks to one well's level in metres: each member's series, and what they say
// together.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "phreatic/hydrographs/prediction/prediction.hpp"

namespace phreatic::hydrographs {

// The level of one member at one well in metres, with the steps that it may be judged on.
struct MemberRun {
  std::vector<double> level;  // [time]; NaN where there is none
  std::vector<double> low;    // outer quantiles, where the network has them; else empty
  std::vector<double> high;
  std::string unit;
  learn::StepRange out_of_sample;  // steps of the calibration period that this member did not learn from
};

// Stretches of steps whose drivers are all there.
std::vector<learn::StepRange> complete_stretches(const learn::Series& series, std::size_t features);

// One series of what a unit predicted, and how it is put back to its unit of measurement.
struct PredictedSeries {
  std::string unit;
  std::size_t index = 0;   // of the series among those predicted
  std::size_t target = 0;  // of the network
  data::Affine scaling;
  learn::StepRange unseen;  // MemberRun::out_of_sample
  std::size_t times = 0;
  std::size_t interval = 1;  // steps of the model that one observation of the target is the mean of
};

// Members of one unit at one entity; of a target with an interval at each step the mean over the interval that
// ends there, which is what observations are compared with. `lead` = 1, 2, ...: only that scored step of each window, as forecasts
// need it.
std::vector<MemberRun> member_runs(const PredictedSeries& series, const learn::Predictions& predictions,
                                   std::optional<std::size_t> lead = std::nullopt);

// Median and spread over all members, over each unit's, and over those that have not learnt from a step.
Simulation merge_runs(const std::vector<MemberRun>& runs, std::size_t times);

}  // namespace phreatic::hydrographs
