// SPDX-License-Identifier: BSD-3-Clause
// Results of a downscaling study as tables, bands and layers.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "phreatic/studies/downscaling/checks/analysis.hpp"

namespace phreatic::studies::downscaling {

// A cell of CSV: empty for NaN; text in quotes where it needs them.
std::string number(double v);
std::string csv_text(const std::string& text);

// A band for each name, [fine cell].
void write_bands(const std::filesystem::path& path, const data::GeoGrid& grid, const std::string& unit,
                 const std::vector<std::pair<std::string, const std::vector<double>*>>& bands);
// Each coefficient with its standard error after it.
void write_coefficients(const LocalCoefficients& coefficients, const data::GeoGrid& grid,
                        const std::filesystem::path& path);
// true_share: empty without causes, 0 of what is no cause.
std::string importance_csv(const std::vector<Importance>& importance, const std::vector<TrueCauses>& causes);
std::string worth_csv(const std::vector<CovariateValue>& values);
// The polygons with the columns of zones.csv; a zone without result has none.
void write_zone_layer(const Analysis& analysis, const ZonesInput& input, const std::filesystem::path& path);

}  // namespace phreatic::studies::downscaling
