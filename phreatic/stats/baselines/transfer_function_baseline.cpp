// SPDX-License-Identifier: BSD-3-Clause
// From a well's panel rows to a calibrated transfer function: drivers by name, gaps, the choice of snow.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/baselines/transfer_function.hpp"
#include "phreatic/stats/baselines/transfer_function_fit.hpp"
#include "phreatic/stats/series/season.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kFewestObservations = 10;
constexpr double kFillHalfWidthDays = 15;
// Snow is tried where at least this share of the training steps is below 0 degC.
constexpr double kFrostShare = 0.02;

struct Filled {
  std::vector<double> values;
  std::size_t filled = 0;
};

std::optional<std::size_t> index_of(const BaselineData& data, const std::string& name) {
  const auto found = std::find(data.driver_names.begin(), data.driver_names.end(), name);
  if (found == data.driver_names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - data.driver_names.begin());
}

// The drivers until the end of training give the values that stand in gaps.
Filled fill(const BaselineData& data, std::size_t driver) {
  const Series series = data.drivers[driver];
  PHREATIC_ASSERT(series.size() == data.axis.size());
  Filled result{{series.begin(), series.end()}, 0};
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

struct Prepared {
  Filled precipitation;
  Filled evaporation;  // empty values: none
  Filled temperature;  // empty values: none
  std::vector<Filled> stresses;
  bool evaporation_from_temperature = false;
  std::string problem;  // "" = ready
};

// Fills `into` from the driver of that name; when it has no value before the end of training, says so.
void take(const BaselineData& data, std::size_t driver, Filled& into, std::string& problem) {
  into = fill(data, driver);
  if (std::any_of(into.values.begin(), into.values.end(), [](double v) { return std::isnan(v); })) {
    problem = fmt::format("{} has no value before the end of the training period", data.driver_names[driver]);
  }
}

Prepared prepare(const BaselineData& data, const TransferFunctionParams& params) {
  Prepared p;
  const auto precipitation = index_of(data, params.precipitation);
  if (!precipitation) {
    p.problem = fmt::format("precipitation '{}' is not among the drivers", params.precipitation);
    return p;
  }
  take(data, *precipitation, p.precipitation, p.problem);
  if (const auto temperature = index_of(data, params.temperature))
    take(data, *temperature, p.temperature, p.problem);
  if (const auto evaporation = index_of(data, params.evaporation)) {
    take(data, *evaporation, p.evaporation, p.problem);
  } else if (!p.temperature.values.empty()) {
    p.evaporation_from_temperature = true;
    p.evaporation = p.temperature;
    for (double& v : p.evaporation.values) v = std::max(v, 0.0);
  }
  for (const StressParams& stress : params.stresses) {
    const auto driver = index_of(data, stress.driver);
    if (!driver) {
      p.problem = fmt::format("stress '{}' is not among the drivers", stress.driver);
      return p;
    }
    take(data, *driver, p.stresses.emplace_back(), p.problem);
  }
  return p;
}

TransferFunctionInputs inputs_of(const BaselineData& data, const Prepared& p) {
  TransferFunctionInputs inputs{p.precipitation.values,     p.evaporation.values, p.temperature.values, {},
                                data.axis.mean_step_days(), data.train.end};
  inputs.stresses.reserve(p.stresses.size());
  for (const Filled& stress : p.stresses) inputs.stresses.emplace_back(stress.values);
  return inputs;
}

bool freezes(const BaselineData& data, const Prepared& p) {
  const auto& t = p.temperature.values;
  if (t.empty()) return false;
  const auto end = t.begin() + static_cast<std::ptrdiff_t>(data.train.end);
  const auto cold = std::count_if(t.begin(), end, [](double v) { return v < 0; });
  return static_cast<double>(cold) >= kFrostShare * static_cast<double>(data.train.end);
}

// Validation error; without validation observations Akaike's criterion on the training period.
double score_of(const BaselineData& data, const TransferFunctionInputs& inputs,
                const TransferFunctionFit& fit) {
  const std::vector<double> level = simulate(fit.model, inputs);
  const double error = rmse(slice(data.target, data.validation), slice(level, data.validation));
  if (!std::isnan(error)) return error;
  const Series observed = slice(data.target, data.train);
  const auto n = static_cast<double>(count_pairs(observed, slice(level, data.train)).pairs);
  return n * std::log(std::max(fit.cost / n, 1e-300)) + 2 * fit.free_parameters;
}

nlohmann::ordered_json to_json(const Response& r, const std::string& name) {
  return {{"name", name}, {"gain", r.gain}, {"n", r.n}, {"a_days", r.a_days}};
}

std::string describe_fit(const BaselineData& data, const TransferFunctionParams& params, const Prepared& p,
                         const TransferFunctionFit& fit, const std::vector<double>& level) {
  const TransferFunctionModel& m = fit.model;
  nlohmann::ordered_json d{
      {"model", "transfer_function"}, {"ok", true},
      {"converged", fit.converged},   {"evaluations", fit.evaluations},
      {"base_m", m.base_m},           {"recharge", to_json(m.recharge, params.precipitation)}};
  if (!p.evaporation.values.empty()) {
    d["evaporation_factor"] = m.evaporation_factor;
    d["evaporation_from"] =
        p.evaporation_from_temperature ? "max(" + params.temperature + ", 0)" : params.evaporation;
  }
  if (m.snow) {
    d["snow"] = {{"melt_mm_per_day_degC", m.snow->melt_mm_per_day_degC},
                 {"threshold_degC", m.snow->threshold_degC}};
  }
  for (std::size_t j = 0; j < m.stresses.size(); ++j) {
    d["stresses"].push_back(to_json(m.stresses[j], params.stresses[j].driver));
  }
  if (!std::isnan(m.noise_decay_days)) d["noise_decay_days"] = m.noise_decay_days;
  d["filled_steps"] = {{"precipitation", p.precipitation.filled},
                       {"evaporation", p.evaporation.filled},
                       {"temperature", p.temperature.filled}};
  for (std::size_t j = 0; j < p.stresses.size(); ++j) {
    d["filled_steps"][params.stresses[j].driver] = p.stresses[j].filled;
  }
  d["training_NSE"] = nse(slice(data.target, data.train), slice(level, data.train));
  d["validation_NSE"] = nse(slice(data.target, data.validation), slice(level, data.validation));
  return d.dump();
}

TransferFunctionResult refuse(const BaselineData& data, const std::string& reason) {
  TransferFunctionResult result;
  result.reason = reason;
  const nlohmann::ordered_json d{{"model", "transfer_function"}, {"ok", false}, {"reason", reason}};
  result.result = {"transfer_function", std::vector<double>(data.axis.size(), kUndefined), d.dump()};
  return result;
}

}  // namespace

void describe(core::Describer& d, StressParams& p) {
  d.field("driver", p.driver, {.help = "Name of the driver", .required = true});
  d.choice("response", p.response,
           {{"gamma", ResponseKind::gamma}, {"exponential", ResponseKind::exponential}},
           {.help = "Shape of the response"});
  d.choice("sign", p.sign,
           {{"any", StressSign::any}, {"positive", StressSign::positive}, {"negative", StressSign::negative}},
           {.help = "What a positive stress does to the level"});
}

void describe(core::Describer& d, TransferFunctionParams& p) {
  d.field("precipitation", p.precipitation, {.help = "Driver that is the precipitation", .unit = "mm/d"});
  d.field("evaporation", p.evaporation,
          {.help = "Driver that is the potential evaporation; if absent, temperature above 0 takes its place",
           .unit = "mm/d"});
  d.field("temperature", p.temperature, {.help = "Driver that is the air temperature", .unit = "degC"});
  d.choice("response", p.response,
           {{"gamma", ResponseKind::gamma}, {"exponential", ResponseKind::exponential}},
           {.help = "Shape of the response to recharge"});
  d.field("evaporation_factor_max", p.evaporation_factor_max,
          {.help = "Upper bound of f in recharge = P - f E", .min = 0, .max = 10});
  d.choice("snow", p.snow,
           {{"auto", SnowChoice::automatic}, {"on", SnowChoice::on}, {"off", SnowChoice::off}},
           {.help = "Degree-day snow store; auto: tried where it freezes, validation chooses"});
  d.choice("noise", p.noise, {{"none", NoiseChoice::none}, {"ar1", NoiseChoice::ar1}},
           {.help = "Noise model of the fit"});
  d.list("stresses", p.stresses, "Further stresses, each with its own response");
  d.field("starts", p.starts, {.help = "Starting points of the fit", .min = 1, .max = 100});
  d.field("max_iterations", p.max_iterations, {.help = "Iterations from each starting point", .min = 1});
}

TransferFunctionResult transfer_function_baseline(const BaselineData& data,
                                                  const TransferFunctionParams& params) {
  PHREATIC_ASSERT(data.target.size() == data.axis.size() && data.drivers.size() == data.driver_names.size());
  const Series training = slice(data.target, data.train);
  const auto observations = count_pairs(training, training).pairs;
  if (observations < kFewestObservations) {
    return refuse(data, fmt::format("fewer than {} training observations", kFewestObservations));
  }
  const Prepared prepared = prepare(data, params);
  if (!prepared.problem.empty()) return refuse(data, prepared.problem);
  const bool has_temperature = !prepared.temperature.values.empty();
  if (params.snow == SnowChoice::on && !has_temperature) {
    return refuse(
        data, fmt::format("snow needs temperature '{}', which is not among the drivers", params.temperature));
  }
  const TransferFunctionInputs inputs = inputs_of(data, prepared);
  const bool both = params.snow == SnowChoice::automatic && freezes(data, prepared);
  TransferFunctionFit fit =
      fit_transfer_function(inputs, params, params.snow == SnowChoice::on, data.target, data.train);
  if (both) {
    TransferFunctionFit snowy = fit_transfer_function(inputs, params, true, data.target, data.train);
    if (score_of(data, inputs, snowy) < score_of(data, inputs, fit)) fit = std::move(snowy);
  }
  TransferFunctionResult result;
  result.ok = true;
  result.converged = fit.converged;
  result.model = fit.model;
  result.parts = contributions(fit.model, inputs);
  result.result.name = "transfer_function";
  result.result.simulated = simulate(fit.model, inputs);
  result.result.description = describe_fit(data, params, prepared, fit, result.result.simulated);
  return result;
}

}  // namespace phreatic::stats
