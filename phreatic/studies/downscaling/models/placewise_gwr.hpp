// SPDX-License-Identifier: BSD-3-Clause
// Geographically weighted regression (key brunsdon1996) of rows that share places, as the months of a cell do: rows of one
// place have one distance to everywhere, so that sums over rows are kept for each place and a fit at a new place costs the
// number of places, not of rows. Bisquare weights of great-circle distances, up to the N-th nearest place; of a few N the
// one with the smallest AICc is taken.
#pragma once

#include <memory>

#include "phreatic/studies/downscaling/models/models.hpp"

namespace phreatic::studies::downscaling {

class PlacewiseGwr {
 public:
  explicit PlacewiseGwr(const Rows& training);
  // [covariates + 1] of the covariates as they are, intercept last.
  std::vector<double> coefficients(double longitude, double latitude) const;
  std::vector<double> predict(const Rows& rows) const;
  // N; 0: no N could be solved at every place, and the coefficients are those of least squares everywhere.
  std::size_t neighbours() const;
  std::size_t places() const;

 private:
  struct Sums;
  std::shared_ptr<const Sums> sums_;
};

Predictor fit_gwr(const Rows& training, std::uint64_t seed, core::Context& context);

}  // namespace phreatic::studies::downscaling
