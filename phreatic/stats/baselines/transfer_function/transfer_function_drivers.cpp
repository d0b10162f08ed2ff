// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/transfer_function/transfer_function_drivers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/series/season.hpp"

namespace phreatic::stats {
namespace {

constexpr double kFillHalfWidthDays = 15;
constexpr std::size_t kMostPumping = 6;
constexpr std::size_t kMostStages = 4;

// The driver until the end of training gives the values that stand in gaps.
FilledSeries fill(const BaselineData& data, std::size_t driver) {
  const Series series = data.drivers[driver];
  PHREATIC_ASSERT(series.size() == data.axis.size());
  FilledSeries result{data.driver_names[driver], {series.begin(), series.end()}, 0};
  result.filled = static_cast<std::size_t>(
      std::count_if(series.begin(), series.end(), [](double v) { return std::isnan(v); }));
  if (result.filled == 0) return result;
  const std::vector<int> days = days_of_year(data.axis);
  const Series known = series.first(data.train.end);
  const double overall = mean(known);
  const YearTable table = seasonal_mean(known, std::span(days).first(data.train.end), kFillHalfWidthDays);
  for (std::size_t t = 0; t < result.values.size(); ++t) {
    if (!std::isnan(result.values[t])) continue;
    const double usual = table[static_cast<std::size_t>(days[t] - 1)];
    result.values[t] = std::isnan(usual) ? overall : usual;
  }
  return result;
}

// Why a driver can be no stress at all; "" when it can.
std::string unusable(const BaselineData& data, std::size_t driver) {
  double first = std::nan("");
  for (const double v : data.drivers[driver].first(data.train.end)) {
    if (std::isnan(v)) continue;
    if (std::isnan(first)) first = v;
    if (v != first) return "";
  }
  return std::isnan(first) ? "it has no value before the end of the training period"
                           : "it does not change before the end of the training period";
}

void sum_pumping(TransferFunctionDrivers& drivers) {
  if (drivers.pumping.size() <= kMostPumping) return;
  FilledSeries sum = drivers.pumping.front();
  sum.name = fmt::format("pumping of {} wells", drivers.pumping.size());
  for (std::size_t j = 1; j < drivers.pumping.size(); ++j) {
    for (std::size_t t = 0; t < sum.values.size(); ++t) sum.values[t] += drivers.pumping[j].values[t];
    sum.filled += drivers.pumping[j].filled;
  }
  drivers.pumping = {std::move(sum)};
  drivers.pumping_summed = true;
}

}  // namespace

TransferFunctionDrivers take_drivers(const BaselineData& data) {
  PHREATIC_ASSERT(data.driver_roles.size() == data.drivers.size());
  TransferFunctionDrivers drivers;
  const auto leave_out = [&](std::size_t i, std::string why) {
    drivers.left_out.push_back({data.driver_names[i], std::move(why)});
  };
  const auto take_first = [&](std::size_t i, FilledSeries& into) {
    if (into.values.empty()) {
      into = fill(data, i);
    } else {
      leave_out(i, fmt::format("'{}' has the same role and comes first", into.name));
    }
  };
  for (std::size_t i = 0; i < data.drivers.size(); ++i) {
    const data::Role role = data.driver_roles[i];
    const std::string why = unusable(data, i);
    if (!why.empty()) {
      leave_out(i, why);
    } else if (role == data::Role::precipitation) {
      take_first(i, drivers.precipitation);
    } else if (role == data::Role::evaporation_demand) {
      take_first(i, drivers.evaporation);
    } else if (role == data::Role::temperature) {
      take_first(i, drivers.temperature);
    } else if (role == data::Role::stage && drivers.stages.size() == kMostStages) {
      leave_out(i, fmt::format("at most {} stages are used", kMostStages));
    } else if (role == data::Role::stage) {
      drivers.stages.push_back(fill(data, i));
    } else if (role == data::Role::pumping) {
      drivers.pumping.push_back(fill(data, i));
    } else {
      leave_out(i, fmt::format("its role '{}' is no stress of this model", data::to_text(role)));
    }
  }
  if (drivers.evaporation.values.empty() && !drivers.temperature.values.empty()) {
    drivers.evaporation_from_temperature = true;
    drivers.evaporation = drivers.temperature;
    for (double& v : drivers.evaporation.values) v = kDemandPerDegree * std::max(v, 0.0);
  }
  sum_pumping(drivers);
  return drivers;
}

TransferFunctionInputs inputs_of(const TransferFunctionDrivers& drivers, const TransferFunctionParams& params,
                                 double step_days, core::StepRange train) {
  TransferFunctionInputs inputs{drivers.precipitation.values, {}, {}, {}, step_days, train.end};
  if (!drivers.precipitation.values.empty()) {
    inputs.evaporation = drivers.evaporation.values;
    inputs.temperature = drivers.temperature.values;
  }
  for (const FilledSeries& s : drivers.stages) {
    inputs.stresses.push_back({s.values, s.name, params.stage_response, StressSign::positive, "m"});
  }
  for (const FilledSeries& s : drivers.pumping) {
    inputs.stresses.push_back(
        {s.values, s.name, params.pumping_response, StressSign::negative, "unit of pumping"});
  }
  return inputs;
}

}  // namespace phreatic::stats
