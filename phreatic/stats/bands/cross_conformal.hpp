// SPDX-License-Identifier: BSD-3-Clause
// Bands of pooled models by cross-conformal prediction, CV+ (barber2021): fold k is the models that have not
// learnt from block k of the calibration period. Their scaled errors e on that block and their own simulation
// s_k with its scale c_k give, with n errors in all folds and K the rank that `calibrate` takes among them,
//   upper(t) = the K-th smallest of s_k(t) + c_k(t) e,   lower(t) = the K-th largest of s_k(t) - c_k(t) e,
// e running over the errors of fold k: absolute ones (symmetric), or +-e at their own ranks (asymmetric).
// Where the folds disagree, as when they extrapolate, the band widens; with one fold this is the split
// conformal band of conformal.hpp.
#pragma once

#include <span>
#include <vector>

#include "phreatic/stats/bands/conformal.hpp"

namespace phreatic::stats {

// Everything by step of the same axis.
struct ConformalFold {
  std::vector<double> simulated;      // s_k
  std::vector<double> scale;          // c_k > 0; empty: all 1
  std::vector<double> out_of_sample;  // s_k on the fold's own block, NaN elsewhere
  std::vector<double> own_scale;      // of the errors on that block, where it is not c_k; empty: c_k
};

// NaN where no fold simulates. Throws nothing; with no error in any fold all NaN.
Band cross_band(Series observed, std::span<const ConformalFold> folds, const ConformalParams& params);

}  // namespace phreatic::stats
