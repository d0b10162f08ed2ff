// SPDX-License-Identifier: BSD-3-Clause
// A well's drivers as the stresses of a transfer function.
#pragma once

#include <string>
#include <vector>

#include "phreatic/stats/baselines/transfer_function/transfer_function_baseline.hpp"

namespace phreatic::stats {

// Where no driver is an evaporation demand: mm/d for each degC above 0, about the demand of a summer day in
// the middle latitudes over its temperature.
constexpr double kDemandPerDegree = 0.15;

struct FilledSeries {
  std::string name;
  std::vector<double> values;  // empty: no such driver
  std::size_t filled = 0;      // gaps that were filled
};

struct TransferFunctionDrivers {
  FilledSeries precipitation;
  FilledSeries evaporation;
  FilledSeries temperature;
  std::vector<FilledSeries> stages;
  std::vector<FilledSeries> pumping;
  bool evaporation_from_temperature = false;
  bool pumping_summed = false;
  std::vector<LeftOutDriver> left_out;
};

TransferFunctionDrivers take_drivers(const BaselineData& data);

// The first steps until the end of `train` give the means. References to `drivers` are kept.
TransferFunctionInputs inputs_of(const TransferFunctionDrivers& drivers, const TransferFunctionParams& params,
                                 double step_days, core::StepRange train);

}  // namespace phreatic::stats
