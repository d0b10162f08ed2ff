// SPDX-License-Identifier: BSD-3-Clause
// Local coefficients of models that are linear in the covariates at each place and time (ols, gwr, gnnwr, gtnnwr): what storage
// gains with one unit of a covariate more, with standard errors from the models that did not see a block.
#pragma once

#include "phreatic/studies/downscaling/models/samples.hpp"

namespace phreatic::studies::downscaling {

struct LocalCoefficients {
  std::vector<std::string> names;          // covariates; empty: the model has no coefficients
  std::vector<std::vector<double>> value;  // [covariate][fine cell] mm per unit, NaN where there is no value
  std::vector<std::vector<double>> standard_error;  // delete-a-group jackknife; NaN with fewer than two parts
};

bool has_coefficients(const std::string& model);

// Mean over twelve months spread evenly over the period. `parts`: the models of a validation, some may be empty.
LocalCoefficients local_coefficients(const Inputs& inputs, const Samples& samples, bool season,
                                     const Predictor& model, const std::vector<Predictor>& parts);

}  // namespace phreatic::studies::downscaling
