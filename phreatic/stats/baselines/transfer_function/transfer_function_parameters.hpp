// SPDX-License-Identifier: BSD-3-Clause
// The parameters of transfer_function.hpp's model as one list: what the fit moves, what it reports.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "phreatic/stats/baselines/transfer_function/transfer_function.hpp"

namespace phreatic::stats {

struct ModelParameter {
  std::string name;  // "recharge.gain", "river_stage.a"
  std::string unit;  // "m/(mm/d)", "d", "-"
  double lower = 0;
  double upper = 0;
  bool solved = false;       // enters linearly: the fit solves it exactly for given others
  bool logarithmic = false;  // searched by its logarithm
  double usual_within = 0;  // deviation of its logarithm from the usual value; 0: nothing is known beforehand
  std::function<double&(TransferFunctionModel&)> value;
};

// All free parameters of the model: those of recharge, each stress, the base and the noise. `shape` tells
// which recharge, snow store, responses and noise model there are; its numbers are not read.
std::vector<ModelParameter> model_parameters(const TransferFunctionModel& shape,
                                             const TransferFunctionInputs& inputs,
                                             const TransferFunctionParams& params);

}  // namespace phreatic::stats
