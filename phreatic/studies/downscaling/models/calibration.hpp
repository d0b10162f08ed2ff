// SPDX-License-Identifier: BSD-3-Clause
// Bands that hold what they say: a factor on standard deviations, the 90 % quantile of |error| / sd over 1.645 (split
// conformal prediction, key vovk2005), tried on parts whose errors took no part in it.
#pragma once

#include "phreatic/studies/downscaling/checks/fine_scores.hpp"
#include "phreatic/studies/downscaling/storage/schemes.hpp"

namespace phreatic::studies::downscaling {

struct Calibration {
  double factor = 1;  // of all errors
  double before = 0,
         after = 0;  // share of the truth inside +-1.645 sd, as it was; with factors of the other parts
  std::map<int, double> after_of_area;  // the same as `after` by class of fine cells
};

// held_out: [fine cell * months], each part by models that did not see it; sd: [fine cell].
Calibration calibrate(const FineScorer& scorer, const Inputs& inputs, const Scheme& scheme,
                      const std::vector<double>& held_out, const std::vector<double>& sd);

}  // namespace phreatic::studies::downscaling
