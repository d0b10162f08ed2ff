// SPDX-License-Identifier: BSD-3-Clause
// The explanation stage: expected gradients of the pooled members for chosen dates of every well, in metres,
// with the completeness residual and standard errors of each; summed up by lag, driver, month, period and
// well.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/explain/aggregate.hpp"
#include "phreatic/explain/attribution/expected_gradients.hpp"
#include "phreatic/hydrographs/targets/units.hpp"

namespace phreatic::hydrographs {

// What one explained date gets; kept small, the cube goes to the sink.
struct ExplainedDate {
  std::size_t entity = 0;
  std::size_t step = 0;   // on the panel's axis
  double value_m = 0;     // f(x)
  double base_m = 0;      // E f(x')
  double residual_m = 0;  // sum of contributions + base - f(x)
  int draws = 0;
  bool converged = false;
};

struct Explanation {
  std::vector<std::string> drivers;
  std::size_t lags = 0;
  std::vector<ExplainedDate> dates;  // in the order of table's rows
  explain::AttributionTable table;
  explain::LagProfile profile;
  explain::ExpectedGradientsSummary summary;  // over all units
};

// Gets the cube of each date, [lag 0 = oldest ... lags - 1 = the date itself][driver] in metres, in order of
// dates.
using CubeSink = std::function<void(const ExplainedDate&, std::span<const double> cube)>;

// Of the target that is scored; of one with an interval the output of the date itself, not its mean over it.
Explanation explain_series(const Prepared& prepared, const Models& models, const ExplainParams& params,
                           const CubeSink& sink, core::Context& context);

// Steps between two reference windows such that a well has about `wanted` of them.
std::size_t reference_stride(std::size_t steps, std::size_t wanted);

// The dates a study explains and the references it measures against: the truth of the virtual basin uses the
// same.
struct ExplainedSteps {
  std::vector<std::size_t> dates;       // steps
  std::vector<std::size_t> references;  // last steps of the reference windows
};
ExplainedSteps explained_steps(const Prepared& prepared, const ExplainParams& params, std::size_t entity,
                               std::size_t lags, const std::vector<bool>& complete);

// Steps whose drivers are all there and, where forecasts start from the level known last, that level.
std::vector<bool> complete_steps(const learn::SeriesSet& set, std::size_t entity, std::size_t target);

// What a level is attributed to: the study's drivers and, in forecasts, the observed level before them.
std::vector<std::string> explained_drivers(const Prepared& prepared, const TaskParams& task);

// Look-back of an explanation: what the first scored step of a training window had seen, that step included;
// in forecasts, where the largest lead is explained, the whole window.
std::size_t explained_lags(const learn::WindowParams& window);

}  // namespace phreatic::hydrographs
