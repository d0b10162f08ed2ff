// SPDX-License-Identifier: BSD-3-Clause
// Calibration of transfer_function.hpp's model: the nonlinear parameters are searched, the linear ones
// solved.
#pragma once

#include "phreatic/stats/baselines/transfer_function.hpp"

namespace phreatic::stats {

struct TransferFunctionFit {
  TransferFunctionModel model;
  double cost = 0;  // sum of squared (weighted) noise or residuals over the training observations
  int evaluations = 0;
  int free_parameters = 0;
  bool converged = false;
};

// One variant: with or without snow and noise. `target` has the inputs' length; only `train` is read, and at
// least one observation must be there.
TransferFunctionFit fit_transfer_function(const TransferFunctionInputs& inputs,
                                          const TransferFunctionParams& params, bool snow, Series target,
                                          core::StepRange train);

}  // namespace phreatic::stats
