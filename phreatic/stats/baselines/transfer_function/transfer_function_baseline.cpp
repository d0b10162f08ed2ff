// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/transfer_function/transfer_function_baseline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/baselines/transfer_function/transfer_function_drivers.hpp"
#include "phreatic/stats/metrics/residual_diagnostics.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kFewestObservations = 10;
// Consecutive blocks of the calibration period, each left out once, choose the structure.
constexpr std::size_t kBlocks = 4;
// Snow is tried where at least this share of the training steps is below 0 degC.
constexpr double kFrostShare = 0.02;
// A gain of nothing: the stress has no share in the level.
constexpr double kNoGain = 0;

using Json = nlohmann::ordered_json;

struct Candidate {
  TransferFunctionStructure structure;
  std::vector<double>
      squares;  // [block] squared errors there, over the mean number of observations of a block
  double left_out_mse() const {
    return std::accumulate(squares.begin(), squares.end(), 0.0) / static_cast<double>(squares.size());
  }
};

bool freezes(const std::vector<double>& temperature, std::size_t until) {
  const auto end = temperature.begin() + static_cast<std::ptrdiff_t>(std::min(until, temperature.size()));
  const auto cold = std::count_if(temperature.begin(), end, [](double v) { return v < 0; });
  return !temperature.empty() && static_cast<double>(cold) >= kFrostShare * static_cast<double>(until);
}

// What is to be tried, from a grid; the search from the usual values alone is part of each. Left to itself: linear recharge, and Flex recharge with and without snow where it
// freezes; snow on linear recharge only where that was asked for.
std::vector<TransferFunctionStructure> structures(const TransferFunctionInputs& inputs,
                                                  const TransferFunctionParams& params, bool frost) {
  const bool rain = !inputs.precipitation.empty();
  const bool flex = rain && !inputs.evaporation.empty() && params.recharge != RechargeChoice::linear;
  const bool linear = !flex || params.recharge != RechargeChoice::flex;
  const bool snow = rain && !inputs.temperature.empty() &&
                    (params.snow == SnowChoice::on || (params.snow == SnowChoice::automatic && frost));
  const bool bare = !snow || params.snow != SnowChoice::on;
  const bool linear_snow = snow && (!bare || params.recharge == RechargeChoice::linear);
  std::vector<TransferFunctionStructure> all;
  if (linear && bare) all.push_back({RechargeKind::linear, false});
  if (linear && linear_snow) all.push_back({RechargeKind::linear, true});
  if (flex && bare) all.push_back({RechargeKind::flex, false});
  if (flex && snow) all.push_back({RechargeKind::flex, true});
  return all;
}

// The blocks of `range` that hold about as many observations each.
std::vector<core::StepRange> blocks_of(Series target, core::StepRange range) {
  std::vector<std::size_t> observed;
  for (std::size_t t = range.begin; t < range.end; ++t) {
    if (!std::isnan(target[t])) observed.push_back(t);
  }
  std::vector<core::StepRange> blocks;
  std::size_t begin = range.begin;
  for (std::size_t k = 1; k <= kBlocks; ++k) {
    const std::size_t end = k == kBlocks ? range.end : observed[k * observed.size() / kBlocks];
    blocks.push_back({begin, end});
    begin = end;
  }
  return blocks;
}

// What is blanked: the block alone, or also all that came after it.
enum class LeftOutBlock { between, after };

// Squared errors on blocks that the fit has not seen; their mean is the mean squared error.
struct LeftOutErrors {
  std::vector<double> best;   // of the structure's own search
  std::vector<double> usual;  // of the search from the usual values alone
};

// LeftOutBlock::after: every block but the first, by fits to what came before it.
LeftOutErrors left_out_errors(const TransferFunctionInputs& inputs, const TransferFunctionParams& params,
                              const TransferFunctionStructure& structure, Series target,
                              core::StepRange range, LeftOutBlock left_out) {
  LeftOutErrors errors;
  double count = 0;
  const auto squares_in = [&](const TransferFunctionModel& model, core::StepRange block) {
    const std::vector<double> level = simulate(model, inputs);
    double sum = 0;
    for (std::size_t t = block.begin; t < block.end; ++t) {
      if (!std::isnan(target[t])) sum += (target[t] - level[t]) * (target[t] - level[t]);
    }
    return sum;
  };
  for (const core::StepRange block : blocks_of(target, range)) {
    if (left_out == LeftOutBlock::after && block.begin == range.begin) continue;
    std::vector<double> seen(target.begin(), target.end());
    const std::size_t end = left_out == LeftOutBlock::after ? range.end : block.end;
    for (std::size_t t = block.begin; t < end; ++t) seen[t] = kUndefined;
    const TransferFunctionFit fit = fit_transfer_function(inputs, params, structure, seen, range);
    errors.best.push_back(squares_in(fit.model, block));
    errors.usual.push_back(squares_in(fit.usual, block));
    const Series observed = slice(target, block);
    count += static_cast<double>(count_pairs(observed, observed).pairs);
  }
  for (auto* squares : {&errors.best, &errors.usual}) {
    for (double& s : *squares) s *= static_cast<double>(squares->size()) / count;
  }
  return errors;
}

TransferFunctionStructure from_usual(TransferFunctionStructure structure) {
  structure.starts = SearchStarts::usual;
  return structure;
}

std::string name_of(const TransferFunctionStructure& s) {
  return std::string(s.recharge == RechargeKind::flex ? "flex" : "linear") + (s.snow ? " with snow" : "") +
         (s.starts == SearchStarts::usual ? ", from the usual start" : "") +
         (s.held ? ", held near usual values" : "");
}

// Mean squared deviation from the mean of the values that are there.
double squared_deviation(Series values) {
  const double middle = mean(values);
  double sum = 0;
  double count = 0;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    sum += (v - middle) * (v - middle);
    ++count;
  }
  return sum / count;
}

Json number(double v) { return std::isnan(v) ? Json() : Json(v); }

Json filled_steps(const TransferFunctionDrivers& drivers) {
  Json filled = Json::object();
  const auto add = [&filled](const FilledSeries& s) {
    if (!s.values.empty()) filled[s.name] = s.filled;
  };
  add(drivers.precipitation);
  if (!drivers.evaporation_from_temperature) add(drivers.evaporation);
  add(drivers.temperature);
  for (const FilledSeries& s : drivers.stages) add(s);
  for (const FilledSeries& s : drivers.pumping) add(s);
  return filled;
}

Json about_drivers(const TransferFunctionDrivers& drivers) {
  Json d;
  if (!drivers.precipitation.values.empty()) {
    d["precipitation"] = drivers.precipitation.name;
    if (!drivers.evaporation.values.empty()) {
      d["evaporation"] =
          drivers.evaporation_from_temperature
              ? fmt::format("{} mm/d/degC times {} above 0 degC", kDemandPerDegree, drivers.temperature.name)
              : drivers.evaporation.name;
    }
  }
  for (const FilledSeries& s : drivers.stages) d["stage"].push_back(s.name);
  for (const FilledSeries& s : drivers.pumping) d["pumping"].push_back(s.name);
  return d;
}

// What the residuals of the fit still hold. Their effective number tells how far standard errors that take
// them as independent are too small.
Json residuals_of(const BaselineData& data, Series simulated, core::StepRange period) {
  std::vector<int> months;
  for (std::size_t t = period.begin; t < period.end; ++t) {
    months.push_back(core::month_of(data.axis.start(t)) - 1);
  }
  const ResidualDiagnostics r =
      residual_diagnostics(slice(data.target, period), slice(simulated, period), months, 1);
  return {{"n", r.n},
          {"sd", number(r.sd)},
          {"lag_1_autocorrelation", number(r.autocorrelation.at(1))},
          {"effective_n", number(r.effective_n)},
          {"correlation_with_level", number(r.level_correlation)},
          {"correlation_with_time", number(r.trend_correlation)}};
}

std::string describe_result(const BaselineData& data, const TransferFunctionDrivers& drivers,
                            const TransferFunctionResult& r, const std::vector<Candidate>& candidates,
                            const TransferFunctionFit& fit) {
  Json d{{"model", "transfer_function"},      {"ok", true},
         {"structure", name_of(r.structure)}, {"converged", fit.converged},
         {"evaluations", fit.evaluations},    {"drivers", about_drivers(drivers)}};
  for (const ParameterEstimate& p : r.parameters) {
    d["parameters"].push_back({{"name", p.name},
                               {"value", p.value},
                               {"standard_error", number(p.standard_error)},
                               {"unit", p.unit}});
  }
  d["left_out"] = Json::array();
  for (const LeftOutDriver& l : r.left_out) d["left_out"].push_back({{"driver", l.driver}, {"why", l.why}});
  d["without_effect"] = Json::array();
  for (const ParameterEstimate& p : r.parameters) {
    if (p.name.ends_with(".gain") && p.value == kNoGain)
      d["without_effect"].push_back(p.name.substr(0, p.name.size() - 5));
  }
  d["pumping_summed"] = drivers.pumping_summed;
  d["filled_steps"] = filled_steps(drivers);
  const core::StepRange all{data.train.begin, std::max(data.train.end, data.validation.end)};
  const Series levels = slice(data.target, all);
  const double spread = squared_deviation(levels);
  for (const Candidate& c : candidates) {
    d["tried"].push_back(
        {{"structure", name_of(c.structure)}, {"left_out_NSE", number(1 - c.left_out_mse() / spread)}});
  }
  d["fit_NSE"] = number(nse(levels, slice(r.result.simulated, all)));
  d["residuals"] = residuals_of(data, r.result.simulated, all);
  return d.dump();
}

TransferFunctionResult refuse(const BaselineData& data, const std::string& reason,
                              std::vector<LeftOutDriver> left_out = {}) {
  TransferFunctionResult result;
  result.reason = reason;
  result.left_out = std::move(left_out);
  Json d{{"model", "transfer_function"}, {"ok", false}, {"reason", reason}};
  for (const LeftOutDriver& l : result.left_out)
    d["left_out"].push_back({{"driver", l.driver}, {"why", l.why}});
  result.result = {"transfer_function", std::vector<double>(data.axis.size(), kUndefined), d.dump()};
  result.kept_back = result.result;
  return result;
}

// Whether the second has the smaller errors by more than one standard error of the difference over the blocks.
bool clearly_better(const Candidate& first, const Candidate& second) {
  const double n = static_cast<double>(first.squares.size());
  const double gain = first.left_out_mse() - second.left_out_mse();
  double variance = 0;
  for (std::size_t k = 0; k < first.squares.size(); ++k)
    variance += std::pow(first.squares[k] - second.squares[k] - gain, 2) / (n - 1);
  return gain > std::sqrt(variance / n);
}

// The smallest error on what was left out; but the optimum that the search from a grid finds takes the place of
// that near the usual values only where it is clearly better, between what was fitted and after it (`after` gives
// the errors of a structure there).
template <class After>
TransferFunctionStructure best_of(const std::vector<Candidate>& candidates, const After& after) {
  const auto best = std::min_element(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
    return a.left_out_mse() < b.left_out_mse();
  });
  if (best->structure.starts == SearchStarts::usual) return best->structure;
  const auto twin = std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& c) {
    return c.structure.starts == SearchStarts::usual && c.structure.recharge == best->structure.recharge &&
           c.structure.snow == best->structure.snow;
  });
  if (twin == candidates.end()) return best->structure;
  if (!clearly_better(*twin, *best)) return twin->structure;
  const LeftOutErrors later = after(best->structure);
  const bool clear = clearly_better({twin->structure, later.usual}, {best->structure, later.best});
  return clear ? best->structure : twin->structure;
}

// Whether the same structure held near its usual values stands: unless it is clearly worse on what was left out
// when it is free. Its candidate joins the others.
template <class Errors>
bool is_held(TransferFunctionStructure structure, std::vector<Candidate>& candidates, const Errors& errors) {
  const Candidate free = *std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& c) {
    return c.structure.recharge == structure.recharge && c.structure.snow == structure.snow &&
           c.structure.starts == structure.starts;
  });
  structure.held = true;
  candidates.push_back({structure, errors(structure, LeftOutBlock::between).best});
  return !clearly_better(candidates.back(), free);
}

// Why no model of these stresses can be fitted; "" when one can.
std::string obstacle(const TransferFunctionInputs& inputs, const TransferFunctionParams& params) {
  if (inputs.steps() == 0) return "no usable driver is precipitation, a stage or pumping";
  if (params.snow == SnowChoice::on && inputs.temperature.empty()) {
    return "snow needs precipitation and temperature among the drivers";
  }
  if (params.recharge == RechargeChoice::flex && inputs.evaporation.empty()) {
    return "Flex recharge needs precipitation and evaporation demand among the drivers";
  }
  return "";
}

}  // namespace

void describe(core::Describer& d, TransferFunctionParams& p) {
  const std::vector<std::pair<std::string, ResponseKind>> shapes{{"gamma", ResponseKind::gamma},
                                                                 {"exponential", ResponseKind::exponential},
                                                                 {"hantush", ResponseKind::hantush},
                                                                 {"constant", ResponseKind::constant}};
  d.choice(
      "recharge", p.recharge,
      {{"auto", RechargeChoice::automatic},
       {"linear", RechargeChoice::linear},
       {"flex", RechargeChoice::flex}},
      {.help = "Rain less factor times evaporation, or through a root zone; auto: blocks left out choose"});
  d.choice("response", p.response, shapes, {.help = "Shape of the response to linear recharge"});
  d.choice("flex_response", p.flex_response, shapes, {.help = "Shape of the response to Flex recharge"});
  d.choice("stage_response", p.stage_response, shapes, {.help = "Shape of the response to a river's stage"});
  d.choice("pumping_response", p.pumping_response, shapes, {.help = "Shape of the response to pumping"});
  d.field("evaporation_factor_max", p.evaporation_factor_max,
          {.help = "Upper bound of f in recharge = P - f E", .min = 0, .max = 10});
  d.choice("snow", p.snow,
           {{"auto", SnowChoice::automatic}, {"on", SnowChoice::on}, {"off", SnowChoice::off}},
           {.help = "Degree-day snow store; auto: tried where it freezes, blocks left out choose"});
  d.choice("noise", p.noise, {{"none", NoiseChoice::none}, {"ar1", NoiseChoice::ar1}},
           {.help = "Noise model of the fit"});
  d.field(
      "prior", p.prior,
      {.help = "How firmly the root zone and its snow stand by usual values; 0: not at all, 1: as data of "
               "the residuals' effective number say",
       .min = 0,
       .max = 1000});
  d.field("starts", p.starts, {.help = "Starting points of the fit", .min = 1, .max = 100});
  d.field("max_iterations", p.max_iterations, {.help = "Iterations from each starting point", .min = 1});
}

TransferFunctionResult transfer_function_baseline(const BaselineData& data,
                                                  const TransferFunctionParams& params) {
  PHREATIC_ASSERT(data.target.size() == data.axis.size() && data.drivers.size() == data.driver_names.size());
  const Series training = slice(data.target, data.train);
  if (count_pairs(training, training).pairs < kFewestObservations) {
    return refuse(data, fmt::format("fewer than {} training observations", kFewestObservations));
  }
  const TransferFunctionDrivers drivers = take_drivers(data);
  const double step_days = data.axis.mean_step_days();
  const core::StepRange all{data.train.begin, std::max(data.train.end, data.validation.end)};
  const TransferFunctionInputs early_inputs = inputs_of(drivers, params, step_days, data.train);
  const TransferFunctionInputs inputs = inputs_of(drivers, params, step_days, all);
  const std::string reason = obstacle(inputs, params);
  if (!reason.empty()) return refuse(data, reason, drivers.left_out);

  const auto errors = [&](const TransferFunctionStructure& structure, LeftOutBlock left_out) {
    return left_out_errors(inputs, params, structure, data.target, all, left_out);
  };
  std::vector<Candidate> candidates;
  std::vector<Candidate> usual;
  for (const auto& structure : structures(inputs, params, freezes(drivers.temperature.values, all.end))) {
    LeftOutErrors left = errors(structure, LeftOutBlock::between);
    candidates.push_back({structure, std::move(left.best)});
    usual.push_back({from_usual(structure), std::move(left.usual)});
  }
  candidates.insert(candidates.end(), usual.begin(), usual.end());
  TransferFunctionResult result;
  result.structure =
      best_of(candidates, [&](const auto& structure) { return errors(structure, LeftOutBlock::after); });
  if (result.structure.recharge == RechargeKind::flex && params.prior > 0)
    result.structure.held = is_held(result.structure, candidates, errors);
  const TransferFunctionFit early =
      fit_transfer_function(early_inputs, params, result.structure, data.target, data.train);
  const TransferFunctionFit fit = all == data.train ? early
                                                    : fit_transfer_function(inputs, params, result.structure,
                                                                            data.target, all, early.model);
  result.ok = true;
  result.converged = fit.converged;
  result.model = fit.model;
  result.parameters = parameter_estimates(fit.model, inputs, params, data.target, all);
  if (!inputs.precipitation.empty()) result.stresses.emplace_back("recharge");
  for (const StressInput& s : inputs.stresses) result.stresses.push_back(s.name);
  result.parts = contributions(fit.model, inputs);
  result.left_out = drivers.left_out;
  result.result = {"transfer_function", simulate(fit.model, inputs), ""};
  result.result.description = describe_result(data, drivers, result, candidates, fit);
  result.kept_back = {"transfer_function", simulate(early.model, early_inputs), result.result.description};
  return result;
}

}  // namespace phreatic::stats
