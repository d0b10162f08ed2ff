// SPDX-License-Identifier: BSD-3-Clause
// Everything that is predicted of one target: the networks' simulation or forecasts, and the simple models'.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "phreatic/hydrographs/forecasts/forecast.hpp"
#include "phreatic/hydrographs/prediction/prediction.hpp"

namespace phreatic::hydrographs {

struct TargetPrediction {
  std::vector<Simulation> simulations;                     // [entity]; of forecasts those of the largest lead
  std::optional<LeadForecasts> leads;                      // in forecast mode
  std::vector<std::vector<BaselineSimulation>> baselines;  // [entity][baseline]
};

// `baselines`: their names; `conformal`: of their bands. Throws Interrupted.
TargetPrediction predict_target(const Prepared& mine, const Models& models, const Banding& banding,
                                const std::vector<std::string>& baselines,
                                const stats::ConformalParams& conformal, core::Context& context);

}  // namespace phreatic::hydrographs
