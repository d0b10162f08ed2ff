// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/transfer_function/transfer_function.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats {
namespace {

double mean_until(Series x, std::size_t until) {
  const std::size_t n = until == 0 ? x.size() : std::min(until, x.size());
  return n == 0 ? 0
                : std::accumulate(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(n), 0.0) /
                      static_cast<double>(n);
}

// Response of the model's gain to x, which stood at its mean for ever before.
std::vector<double> respond(std::span<const double> x, const Response& response,
                            const TransferFunctionInputs& inputs) {
  const double steady = mean_until(x, inputs.mean_until);
  std::vector<double> anomaly(x.begin(), x.end());
  for (double& v : anomaly) v -= steady;
  Convolver convolver(x.size());
  const std::size_t stress = convolver.add(anomaly);
  auto level = unit_response(response, inputs.step_days, anomaly, convolver, stress);
  for (double& v : level) v = response.gain * (v + steady);
  return level;
}

}  // namespace

std::size_t TransferFunctionInputs::steps() const {
  return precipitation.empty() && !stresses.empty() ? stresses.front().values.size() : precipitation.size();
}

std::vector<double> recharge_of(const TransferFunctionModel& model, const TransferFunctionInputs& inputs,
                                std::size_t steps) {
  const Series rain = inputs.precipitation.first(steps);
  const Series evaporation =
      inputs.evaporation.empty() ? inputs.evaporation : inputs.evaporation.first(steps);
  PHREATIC_ASSERT(!model.snow || !inputs.temperature.empty());
  if (model.flex) {
    PHREATIC_ASSERT(!evaporation.empty());
    if (!model.snow) return flex_recharge(rain, {}, evaporation, *model.flex, inputs.step_days);
    const RainAndMelt parts =
        split_rain_and_melt(rain, inputs.temperature.first(steps), *model.snow, inputs.step_days);
    return flex_recharge(parts.rain, parts.melt, evaporation, *model.flex, inputs.step_days);
  }
  std::vector<double> water(rain.begin(), rain.end());
  if (model.snow) water = rain_and_melt(rain, inputs.temperature.first(steps), *model.snow, inputs.step_days);
  for (std::size_t t = 0; t < evaporation.size(); ++t) water[t] -= model.evaporation_factor * evaporation[t];
  return water;
}

std::vector<std::vector<double>> contributions(const TransferFunctionModel& model,
                                               const TransferFunctionInputs& inputs) {
  PHREATIC_ASSERT(model.stresses.size() == inputs.stresses.size());
  std::vector<std::vector<double>> parts;
  if (!inputs.precipitation.empty()) {
    parts.push_back(respond(recharge_of(model, inputs, inputs.steps()), model.recharge, inputs));
  }
  for (std::size_t j = 0; j < inputs.stresses.size(); ++j) {
    parts.push_back(respond(inputs.stresses[j].values, model.stresses[j], inputs));
  }
  return parts;
}

std::vector<double> simulate(const TransferFunctionModel& model, const TransferFunctionInputs& inputs) {
  std::vector<double> level(inputs.steps(), model.base_m);
  for (const auto& part : contributions(model, inputs)) {
    for (std::size_t t = 0; t < level.size(); ++t) level[t] += part[t];
  }
  return level;
}

}  // namespace phreatic::stats
