// SPDX-License-Identifier: BSD-3-Clause
// Calibration of transfer_function.hpp's model. d, A, f and A_j enter linearly: for given others they are
// solved exactly within their bounds (variable projection, golub1973), and Levenberg-Marquardt
// (least_squares.hpp) moves only the rest, from the best points of a fixed grid.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "phreatic/core/step_range.hpp"
#include "phreatic/stats/baselines/transfer_function/transfer_function.hpp"

namespace phreatic::stats {

enum class RechargeKind { linear, flex };

// Where the search starts: at the best points of a grid and at the usual values, or at the usual values alone.
// The second stays at the optimum near these values, which can be worse on what was fitted and better on what
// was not.
enum class SearchStarts { grid, usual };

struct TransferFunctionStructure {
  RechargeKind recharge = RechargeKind::linear;
  bool snow = false;
  SearchStarts starts = SearchStarts::grid;
  bool held = false;  // root zone and snow held near their usual values (TransferFunctionParams::prior)
};

struct TransferFunctionFit {
  TransferFunctionModel model;
  TransferFunctionModel usual;  // what the search from the usual values alone gives
  double cost = 0;              // sum of squared (weighted) noise or residuals over the training observations
  int evaluations = 0;
  int free_parameters = 0;
  bool converged = false;
};

// One variant. `target` has the inputs' length; only `train` is read, and at least one observation must be
// there. `near`: a model of the same structure whose parameters are one more starting point.
TransferFunctionFit fit_transfer_function(const TransferFunctionInputs& inputs,
                                          const TransferFunctionParams& params,
                                          const TransferFunctionStructure& structure, Series target,
                                          core::StepRange train,
                                          const std::optional<TransferFunctionModel>& near = {});

struct ParameterEstimate {
  std::string name;
  std::string unit;
  double value = 0;
  double standard_error = 0;  // NaN: at a bound, or not told apart from others by the data
};

// The model's free parameters with standard errors from the curvature at the optimum, s^2 (J'J)^-1, as if
// the (weighted) residuals were independent: too small for daily levels without a noise model.
std::vector<ParameterEstimate> parameter_estimates(const TransferFunctionModel& model,
                                                   const TransferFunctionInputs& inputs,
                                                   const TransferFunctionParams& params, Series target,
                                                   core::StepRange train);

}  // namespace phreatic::stats
