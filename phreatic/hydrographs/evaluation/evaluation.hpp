// SPDX-License-Identifier: BSD-3-Clause
// The evaluation stage: the simulations and the baselines against what was observed, in metrics.csv. The only
// stage that reads the evaluation source of levels.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/hydrographs/prediction/prediction.hpp"
#include "phreatic/stats/metrics/metric_table.hpp"

namespace phreatic::hydrographs {

// A simple model of one well, [time] in metres. The band is calibrated as the network's is.
struct BaselineSimulation {
  std::string name;
  std::vector<double> level;
  std::vector<double> lower;
  std::vector<double> upper;
  std::string about;  // JSON: what was fitted, with its parameters; what was left out
};

struct BaselineParams {
  std::vector<std::string> names = baseline_names();
  stats::ConformalParams conformal;  // of their bands
  std::size_t lead = 0;  // in forecasts what persistence knows is so many steps old; 0: simulations
};

// Every baseline for one entity: fitted on its calibration period, simulated over the whole axis
// without any later level.
std::vector<BaselineSimulation> simulate_baselines(const Prepared& prepared, const BaselineParams& params,
                                                   std::size_t entity);

// What a baseline knows of the weather of the times it simulates: "known" or "unused".
std::string weather_of_baseline(const std::string& name);

// The network as metrics.csv and the report name it: its architecture, of recurrent ones the cell ("lstm", "gru").
std::string model_name(const TaskParams& task);

struct EvaluationParams {
  std::string model;              // name of the networks in the table
  double band_level = 0.9;        // share of the observations that bands shall hold
  std::string weather = "known";  // what the network knows of the weather: "known" or "hidden"
  explain::FrostParams frost;     // freezing and thawing, which are scored by themselves
  std::size_t lead = 1;           // of what stands for the study in forecasts: the horizon
};

// Of a task: the name of its networks and what they know of the weather.
EvaluationParams evaluation_params(const TaskParams& task, double band_level,
                                   const explain::FrostParams& frost);

// Rows in the house's order: the network's test period well by well, the summary over wells, then its other
// periods, then the baselines. baselines: [entity][baseline].
stats::MetricTable evaluate_series(const Prepared& prepared, const EvaluationParams& params,
                                   const std::vector<Simulation>& simulations,
                                   const std::vector<std::vector<BaselineSimulation>>& baselines);

// A copy of `values` that is NaN outside `steps`.
std::vector<double> inside(std::span<const double> values, const learn::StepRange& steps);

}  // namespace phreatic::hydrographs
