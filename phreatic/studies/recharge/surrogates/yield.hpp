// SPDX-License-Identifier: BSD-3-Clause
// Specific yield by season, where it is not the constant of the model's storage package.
#pragma once

#include <string>
#include <vector>

#include "phreatic/studies/recharge/surrogates/baseline.hpp"

namespace phreatic::studies::recharge {

// Means while recharge flows and after it, [places], NaN where a file has no value; both empty: that of the model.
struct SeasonalYield {
  std::vector<double> wet, dry;
  bool there() const { return !wet.empty(); }
};

// files: none; kSoilYield alone (soil_yield); two grids (while recharge flows, after it); or one file whose bands have times (NetCDF or GeoTIFF), of
// which each season's are averaged. On the model's grid. Throws InputError: another number of files, other cells, no
// times, no model.first_day to set them against, a season without a band, values outside of 0..1.
SeasonalYield read_yield(const Ground& ground, const ModelParams& model,
                         const std::vector<std::string>& files, const std::string& study_file);

// The model's specific yield times the share of the pores that have drained above the water table of the season's mean
// depth d, in the virtual basin's soil column at rest: 1 - (hb / d)^lambda by Brooks and Corey (key brooks1964), 0 within
// the air-entry height hb.
SeasonalYield soil_yield(const Ground& ground, const Baseline& baseline, const FeatureParams& params);
// One of the two, by params.specific_yield.
SeasonalYield seasonal_yield(const Ground& ground, const Baseline& baseline, const ModelParams& model,
                             const FeatureParams& params, const std::string& study_file);

}  // namespace phreatic::studies::recharge
