// SPDX-License-Identifier: BSD-3-Clause
// The transfer function of transfer_function.hpp as a baseline: a well's drivers by role, gaps filled, the
// structure chosen, parameters with standard errors.
#pragma once

#include <string>
#include <vector>

#include "phreatic/stats/baselines/baseline.hpp"
#include "phreatic/stats/baselines/transfer_function/transfer_function_fit.hpp"

namespace phreatic::stats {

struct LeftOutDriver {
  std::string driver;
  std::string why;
};

struct TransferFunctionResult {
  bool ok = false;     // false: see reason; nothing is predicted
  std::string reason;  // "no driver is precipitation, stage or pumping", "fewer than 10 observations" ...
  bool converged = false;
  TransferFunctionStructure structure;
  TransferFunctionModel model;                // of result
  std::vector<ParameterEstimate> parameters;  // of result
  std::vector<std::string> stresses;          // names of parts: "recharge", then the further stresses
  std::vector<std::vector<double>> parts;     // contributions() of result, over the whole axis
  std::vector<LeftOutDriver> left_out;        // drivers that the model does not use
  BaselineResult result;                      // name "transfer_function"; fitted to train and validation
  BaselineResult kept_back;                   // the same structure fitted to train alone
};

// Drivers by data.driver_roles: the first precipitation, evaporation demand and temperature; every stage and
// pumping, each with its response (more than six pumping series are summed). Without an evaporation demand
// 0.15 mm/d for each degC above 0 takes its place. The calibration period is train and validation; linear
// and Flex recharge (with and without snow where it freezes) are fitted to it with a quarter of the
// observations left out four times, the error on what was left out chooses, and that structure is fitted to
// the whole. Gaps of a driver are filled with its training mean for the day of the year (seasonal_mean(),
// half width 15 days), or its training mean. Everything left out, filled and replaced is in the description.
TransferFunctionResult transfer_function_baseline(const BaselineData& data,
                                                  const TransferFunctionParams& params);

}  // namespace phreatic::stats
