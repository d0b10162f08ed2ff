// SPDX-License-Identifier: BSD-3-Clause
// Downscaled storage against wells: level anomalies times specific yield. Method: docs/methods/downscaling.md.
#pragma once

#include "phreatic/studies/downscaling/downscale.hpp"

namespace phreatic::studies::downscaling {

struct WellScore {
  std::string well;
  double longitude = 0, latitude = 0;
  std::size_t months = 0;
  // Of the coarse cell's own storage, of bilinear, of the field: correlation and RMSE (mm) with the well's storage anomaly.
  double r_coarse = 0, r_bilinear = 0, r_field = 0;
  double rmse_coarse = 0, rmse_bilinear = 0, rmse_field = 0;
};

struct WellScores {
  std::vector<WellScore> wells;
  double gain_r = 0, gain_low = 0,
         gain_high = 0;                      // median of r_field - r_coarse with 90 % interval over wells
  double improved_r = 0, improved_rmse = 0;  // shares of wells
  std::vector<std::string> said;
};

// Reads what score_wells() reads and refuses the same, before there is any result to score.
void check_wells(const WellsInput& input, const Inputs& inputs);

// Throws InputError: files, columns, specific yields outside 0 to 0.5, levels that stand for "missing".
WellScores score_wells(const WellsInput& input, const Inputs& inputs, const Storage& storage,
                       const Downscaled& result, std::uint64_t seed);

}  // namespace phreatic::studies::downscaling
