// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/hydrographs/evaluation/evaluation.hpp"
#include "phreatic/stats/baselines/damped_anomaly.hpp"
#include "phreatic/stats/baselines/ridge.hpp"
#include "phreatic/stats/baselines/transfer_function/transfer_function_baseline.hpp"

namespace phreatic::hydrographs {
namespace {

// The last fifth of the calibration period chooses penalties and calibrates bands where the study validates
// on blocks.
core::StepRange last_fifth(const learn::StepRange& steps) {
  return {steps.end - (steps.end - steps.begin) / 5, steps.end};
}

stats::BaselineData baseline_data(const Prepared& prepared, std::size_t entity) {
  stats::BaselineData data;
  data.axis = prepared.panel.axis;
  data.target = prepared.level(entity);
  for (const std::size_t v : prepared.drivers) {
    const auto series = prepared.panel.series(entity, v);
    bool any = false;
    for (const double value : series) any = any || !std::isnan(value);
    if (!any) continue;  // a driver of other wells
    const data::Variable& variable = prepared.panel.variables[v];
    data.driver_names.push_back(variable.name);
    data.driver_roles.push_back(variable.derived ? data::Role::other : variable.role);
    data.drivers.push_back(series);
  }
  const learn::StepRange calibration = prepared.calibration(entity);
  const learn::StepRange validation = prepared.validation(entity);
  data.validation = validation.empty() ? last_fifth(calibration) : validation;
  data.train = {calibration.begin, data.validation.begin};
  return data;
}

// The same data with nothing kept back: for models that need no validation.
stats::BaselineData whole(const stats::BaselineData& data) {
  stats::BaselineData all = data;
  all.train = {data.train.begin, data.validation.end};
  all.validation = {data.validation.end, data.validation.end};
  return all;
}

// A band from the errors of a fit that kept the validation period back, around the final simulation.
void add_conformal_band(const stats::BaselineData& data, const stats::BaselineResult& kept_back,
                        const stats::ConformalParams& params, BaselineSimulation& out) {
  std::vector<double> errors_on = kept_back.simulated;
  for (std::size_t t = 0; t < errors_on.size(); ++t) {
    if (t < data.validation.begin || t >= data.validation.end) errors_on[t] = std::nan("");
  }
  stats::Band band = stats::apply(stats::calibrate(data.target, errors_on, {}, params), out.level, {});
  out.lower = std::move(band.lower);
  out.upper = std::move(band.upper);
}

}  // namespace

std::vector<BaselineSimulation> simulate_baselines(const Prepared& prepared, const BaselineParams& params,
                                                   std::size_t entity) {
  const stats::BaselineData data = baseline_data(prepared, entity);
  const stats::BaselineData all = whole(data);
  const stats::ConformalParams& conformal = params.conformal;
  const std::vector<double> known = prepared.known_level(entity);  // what a forecaster has seen
  std::vector<BaselineSimulation> out;
  for (const std::string& name : params.names) {
    BaselineSimulation simulation;
    simulation.name = name;
    const auto take = [&](const stats::BaselineResult& final, const stats::BaselineResult& kept_back) {
      simulation.level = final.simulated;
      simulation.about = final.description;
      add_conformal_band(data, kept_back, conformal, simulation);
    };
    if (name == "persistence" && params.lead > 0) {
      stats::BaselineData live = all;
      live.target = known;
      const stats::BaselineResult result = stats::lagged_persistence_baseline(live, params.lead);
      take(result, result);
    } else if (name == "damped_anomaly") {
      if (params.lead == 0) continue;  // a forecast's baseline
      stats::BaselineData live = all;
      live.target = known;
      const stats::BaselineResult result = stats::damped_anomaly_baseline(live, params.lead, {});
      live.train = data.train;
      take(result, stats::damped_anomaly_baseline(live, params.lead, {}));
    } else if (name == "persistence") {
      take(stats::persistence_baseline(all), stats::persistence_baseline(data));
    } else if (name == "climatology") {
      const stats::BaselineResult result = stats::climatology_baseline(all, {});
      simulation.level = result.simulated;
      simulation.about = result.description;
      stats::ClimatologyBand band = stats::climatology_band(data, {}, conformal);
      simulation.lower = std::move(band.band.lower);
      simulation.upper = std::move(band.band.upper);
    } else if (name == "ridge") {
      const stats::BaselineResult result = stats::ridge_baseline(data, {}).result;
      take(result, result);
    } else {
      PHREATIC_ASSERT(name == "transfer_function");
      const stats::TransferFunctionResult fitted = stats::transfer_function_baseline(data, {});
      take(fitted.result, fitted.kept_back);
    }
    out.push_back(std::move(simulation));
  }
  return out;
}

}  // namespace phreatic::hydrographs
