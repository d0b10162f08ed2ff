// SPDX-License-Identifier: BSD-3-Clause
// The prediction stage of a study in forecast mode: from every issue date, `window.horizon` steps ahead. An
// issue date's forecast sees levels up to that date, and drivers as settings.forecast says.
#pragma once

#include <filesystem>
#include <vector>

#include "phreatic/studies/wells/lead_forecasts.hpp"

namespace phreatic::studies::wells {

struct Forecasted {
  std::vector<WellSimulation> horizon;  // [entity] at the largest lead: what stands for the study's skill
  LeadForecasts leads;                  // times from the first test period on
};

// Loads the models of every unit from folder/<unit>. Bands are calibrated for each lead by itself.
Forecasted forecast_wells(const Prepared& prepared, const WellsSettings& settings,
                          const std::filesystem::path& folder, core::Context& context);

// One window for every issue date of every series that has `params.seq_length` steps before it, with complete
// drivers where those of the horizon are inputs.
std::vector<learn::Window> forecast_windows(const learn::SeriesSet& set, const learn::WindowParams& params);

}  // namespace phreatic::studies::wells
