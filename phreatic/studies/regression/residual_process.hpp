// SPDX-License-Identifier: BSD-3-Clause
// A Gaussian process on what GNNWR leaves: value = sum_k coefficient_k x_k + process(place, covariates (, time)). The
// coefficients are GNNWR's and keep their meaning; the process is a term of its own. It learns from residuals of
// training rows that the network which predicts them had not seen (folds), for those of its own rows are too small.
#pragma once

#include "phreatic/studies/regression/models.hpp"

namespace phreatic::studies::regression {

inline constexpr int kResidualFolds = 5;

// `network` was fitted to all training rows. Throws InputError (too many rows).
FittedModel with_residual_process(const PreparedTable& data, const learn::GnnwrParams& params,
                                  const FittedModel& network, core::Context& context);

}  // namespace phreatic::studies::regression
