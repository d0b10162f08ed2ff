// SPDX-License-Identifier: BSD-3-Clause
// The prediction stage of a study in forecast mode: from every issue date, `window.horizon` steps ahead. An
// issue date's forecast sees levels up to that date, and drivers as task.forecast says.
#pragma once

#include <vector>

#include "phreatic/hydrographs/forecasts/lead_forecasts.hpp"

namespace phreatic::hydrographs {

struct Forecasted {
  std::vector<Simulation> horizon;  // [entity] at the largest lead: what stands for the study's skill
  LeadForecasts leads;              // times from the first test period on
};

// Bands are calibrated for each lead by itself.
Forecasted forecast_series(const Prepared& prepared, const Models& models, const Banding& banding,
                           core::Context& context);

// One window for every issue date of every series that has `params.seq_length` steps before it, with complete
// drivers where those of the horizon are inputs.
std::vector<learn::Window> forecast_windows(const learn::SeriesSet& set, const learn::WindowParams& params);

}  // namespace phreatic::hydrographs
