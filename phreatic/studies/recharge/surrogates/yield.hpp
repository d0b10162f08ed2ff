// SPDX-License-Identifier: BSD-3-Clause
// Specific yield by season, where it is not the constant of the model's storage package.
#pragma once

#include <string>
#include <vector>

#include "phreatic/studies/recharge/scenarios/ground.hpp"

namespace phreatic::studies::recharge {

// Means while recharge flows and after it, [places], NaN where a file has no value; both empty: that of the model.
struct SeasonalYield {
  std::vector<double> wet, dry;
  bool there() const { return !wet.empty(); }
};

// files: none; two grids (while recharge flows, after it); or one file whose bands have times (NetCDF or GeoTIFF), of
// which each season's are averaged. On the model's grid. Throws InputError: another number of files, other cells, no
// times, no model.first_day to set them against, a season without a band, values outside of 0..1.
SeasonalYield read_yield(const Ground& ground, const ModelParams& model,
                         const std::vector<std::string>& files, const std::string& study_file);

}  // namespace phreatic::studies::recharge
