// SPDX-License-Identifier: BSD-3-Clause
// Geographically and temporally weighted regression (key huang2010) of rows that share places and months. The weight of a
// row is the product of a bisquare of its great-circle distance, up to the N-th nearest place, and a bisquare of its
// distance in time, up to H years: sums over the months of a place are then made once for each month asked for. N is that of
// geographically weighted regression or twice it, H 2, 4 or 8 years or without end, by the smallest AICc.
// Where fewer than three rows count for each term (as (sum of weights)^2 / sum of their squares), as between years that were
// left out, all rows count alike.
#pragma once

#include <memory>

#include "phreatic/studies/downscaling/models/models.hpp"

namespace phreatic::studies::downscaling {

class PlacewiseGtwr {
 public:
  explicit PlacewiseGtwr(const Rows& training);
  // The same with N and H (years; infinite: all months count alike) as they are given.
  PlacewiseGtwr(const Rows& training, std::size_t neighbours, double years);
  std::vector<double> predict(const Rows& rows) const;
  // [covariates + 1] of the covariates as they are, intercept last.
  std::vector<double> coefficients(double longitude, double latitude, double days) const;
  // N; 0: no pair of N and H could be solved at every place and month, and all rows count alike.
  std::size_t neighbours() const;
  double years() const;

 private:
  struct Sums;
  std::shared_ptr<const Sums> sums_;
};

Predictor fit_gtwr(const Rows& training, std::uint64_t seed, core::Context& context);

}  // namespace phreatic::studies::downscaling
