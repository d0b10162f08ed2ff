// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/transfer_function.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/baselines/response.hpp"

namespace phreatic::stats {
namespace {

double mean_until(Series x, std::size_t until) {
  const std::size_t n = until == 0 ? x.size() : std::min(until, x.size());
  return n == 0 ? 0
                : std::accumulate(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(n), 0.0) /
                      static_cast<double>(n);
}

// Response of a unit gain to x, which stood at its mean for ever before.
std::vector<double> respond(std::span<const double> x, const Response& response, double step_days,
                            std::size_t until) {
  const double steady = mean_until(x, until);
  std::vector<double> anomaly(x.begin(), x.end());
  for (double& v : anomaly) v -= steady;
  Convolver convolver(x.size());
  const std::size_t stress = convolver.add(anomaly);
  const auto block = block_response(response.n, response.a_days / step_days, x.size());
  auto level = convolver.convolve(block, std::span(&stress, 1)).front();
  for (double& v : level) v += steady;
  return level;
}

}  // namespace

std::vector<std::vector<double>> contributions(const TransferFunctionModel& model,
                                               const TransferFunctionInputs& inputs) {
  PHREATIC_ASSERT(model.stresses.size() == inputs.stresses.size());
  PHREATIC_ASSERT(!model.snow || !inputs.temperature.empty());
  std::vector<double> recharge(inputs.precipitation.begin(), inputs.precipitation.end());
  if (model.snow)
    recharge = rain_and_melt(inputs.precipitation, inputs.temperature, *model.snow, inputs.step_days);
  for (std::size_t t = 0; t < inputs.evaporation.size(); ++t) {
    recharge[t] -= model.evaporation_factor * inputs.evaporation[t];
  }
  std::vector<std::vector<double>> parts{
      respond(recharge, model.recharge, inputs.step_days, inputs.mean_until)};
  for (double& v : parts.front()) v *= model.recharge.gain;
  for (std::size_t j = 0; j < inputs.stresses.size(); ++j) {
    parts.push_back(respond(inputs.stresses[j], model.stresses[j], inputs.step_days, inputs.mean_until));
    for (double& v : parts.back()) v *= model.stresses[j].gain;
  }
  return parts;
}

std::vector<double> simulate(const TransferFunctionModel& model, const TransferFunctionInputs& inputs) {
  std::vector<double> level(inputs.precipitation.size(), model.base_m);
  for (const auto& part : contributions(model, inputs)) {
    for (std::size_t t = 0; t < level.size(); ++t) level[t] += part[t];
  }
  return level;
}

}  // namespace phreatic::stats
