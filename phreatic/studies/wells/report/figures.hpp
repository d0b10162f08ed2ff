// SPDX-License-Identifier: BSD-3-Clause
// Figures that stand in the sections and in the wells' panels alike.
#pragma once

#include <string>
#include <vector>

#include "phreatic/studies/wells/report/data.hpp"

namespace phreatic::studies::wells {

// A number of a JSON object, NaN when it is not there or null.
double number_of(const nlohmann::json& object, const std::string& key);

// Means over `wells`; needs data.explanation.
report::AttributionHeatmap lag_heatmap(const ReportData& data, const std::vector<std::size_t>& wells,
                                       const std::string& entity);
report::SeasonalAttribution seasonal_figure(const ReportData& data, const std::vector<std::size_t>& wells,
                                            const std::string& entity);

// Forecast of one well in forecast mode, cut out of its hydrograph `whole` (where that shows depth to water,
// measured from depth_reference); nothing where none can be shown.
std::optional<report::Figure> forecast_figure(const ReportData& data, std::size_t e,
                                              const report::Hydrograph& whole, double depth_reference);

}  // namespace phreatic::studies::wells
