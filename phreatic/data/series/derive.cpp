// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/series/derive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include "phreatic/data/series/evapotranspiration.hpp"

namespace phreatic::data {
namespace {
// As loading calls the sum of a step.
std::string evaporation_unit(const core::Step& step) {
  if (step.unit == core::StepUnit::month)
    return step.count == 1 ? "mm/month" : fmt::format("mm/{}-month", step.count);
  if (step.count == 1) return "mm/d";
  return step.count == 7 ? "mm/week" : fmt::format("mm/{}-day", step.count);
}
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
}  // namespace

void lag_series(std::span<const double> in, std::size_t lag, std::span<double> out) {
  const std::size_t missing = std::min(lag, out.size());
  std::fill_n(out.begin(), missing, kNaN);
  for (std::size_t t = missing; t < out.size(); ++t) out[t] = in[t - lag];
}

void rolling(std::span<const double> in, std::size_t length, bool mean, std::span<double> out) {
  for (std::size_t t = 0; t < out.size(); ++t) {
    if (t + 1 < length) {
      out[t] = kNaN;
      continue;
    }
    double sum = 0;  // afresh for each step: no drift, and NaN does not spread
    for (std::size_t i = t + 1 - length; i <= t; ++i) sum += in[i];
    out[t] = mean ? sum / static_cast<double>(length) : sum;
  }
}

void slow_mean(std::span<const double> in, double time_constant, std::span<double> out) {
  const double share = -std::expm1(-1 / time_constant);
  double mean = kNaN;
  double steps = 0;
  for (std::size_t t = 0; t < out.size(); ++t) {
    if (!std::isnan(in[t])) {
      ++steps;
      mean = steps == 1 ? in[t] : mean + std::max(share, 1 / steps) * (in[t] - mean);
    }
    out[t] = mean;
  }
}

double season_phase(const core::TimeAxis& axis, std::size_t step) {
  const core::Seconds middle = axis.start(step) + (axis.start(step + 1) - axis.start(step)) / 2;
  const int year = core::year_of(middle);
  const core::Seconds begin = core::days_from_civil({year, 1, 1}) * core::kSecondsPerDay;
  const core::Seconds end = core::days_from_civil({year + 1, 1, 1}) * core::kSecondsPerDay;
  return static_cast<double>(middle - begin) / static_cast<double>(end - begin);
}

namespace {

std::optional<std::size_t> variable_named(const std::string& name, const std::string& where,
                                          const std::vector<Variable>& variables, core::Problems& problems) {
  const auto found =
      std::find_if(variables.begin(), variables.end(), [&](const Variable& v) { return v.name == name; });
  if (found != variables.end()) return static_cast<std::size_t>(found - variables.begin());
  std::vector<std::string> names;
  for (const Variable& v : variables) names.push_back(v.name);
  const std::string near = core::nearest(name, names);
  problems.add({.where = where,
                .what = fmt::format("there is no variable '{}'{}", name,
                                    near.empty() ? "" : "; did you mean '" + near + "'?")});
  return std::nullopt;
}

// Adds the first driver of a role; false with a problem where there is none, or in another unit.
bool add_weather(Role role, const std::string& unit, const std::string& where,
                 const std::vector<Variable>& variables, DerivedVariable& out, core::Problems& problems) {
  for (std::size_t v = 0; v < variables.size(); ++v) {
    if (variables[v].role != role || variables[v].derived) continue;
    if (variables[v].unit != unit) {
      problems.add({.where = where,
                    .what = fmt::format("'{}' is in {}, the method needs {}", variables[v].name,
                                        variables[v].unit, unit)});
      return false;
    }
    out.weather.push_back(v);
    return true;
  }
  problems.add({.where = where,
                .what = fmt::format("no driver has the role {}, which the method needs", to_text(role)),
                .mend = fmt::format("Add it under drivers, or give a driver 'role: {}'", to_text(role))});
  return false;
}

// What the weather of a day needs: temperature, or its maximum and minimum, then the others.
std::vector<DerivedVariable> list_evaporation(const DerivedParams& p, const std::string& where,
                                              const std::vector<Variable>& variables, const core::Step& step,
                                              core::Problems& problems) {
  DerivedVariable out;
  out.kind = p.kind;
  out.method = p.method;
  out.variable = {p.name, evaporation_unit(step), Role::evaporation_demand};
  if (step.unit == core::StepUnit::hour) {
    problems.add({.where = where, .what = "evaporation is computed for days; the study's step is shorter"});
    return {};
  }
  const bool range = p.method == EvaporationMethod::hargreaves || p.method == EvaporationMethod::penman;
  const std::size_t needed = range ? 2 : 1;
  for (const std::string& name : p.from) {
    const auto v = variable_named(name, where, variables, problems);
    if (!v) return {};
    if (variables[*v].unit != "degC") {
      problems.add(
          {.where = where,
           .what = fmt::format("'{}' is in {}, a temperature is needed", name, variables[*v].unit),
           .mend = "'from' names the temperatures; radiation, humidity and wind are taken by their roles"});
      return {};
    }
    out.weather.push_back(*v);
  }
  if (p.from.empty() && !range && !add_weather(Role::temperature, "degC", where, variables, out, problems))
    return {};
  if (out.weather.size() != needed) {
    problems.add({.where = where,
                  .what = range
                              ? "'from' must name the daily maximum and minimum of temperature, in this order"
                              : "'from' must name one temperature"});
    return {};
  }
  const bool good = (p.method != EvaporationMethod::makkink && p.method != EvaporationMethod::penman) ||
                    add_weather(Role::radiation, "W/m2", where, variables, out, problems);
  if (!good || (p.method == EvaporationMethod::penman &&
                (!add_weather(Role::humidity, "%", where, variables, out, problems) ||
                 !add_weather(Role::wind, "m/s", where, variables, out, problems))))
    return {};
  return {out};
}

std::vector<DerivedVariable> list_one(const DerivedParams& p, const std::string& where,
                                      const std::vector<Variable>& variables, const core::Step& step,
                                      core::Problems& problems) {
  std::vector<DerivedVariable> out;
  if (p.kind == DerivedKind::evaporation) return list_evaporation(p, where, variables, step, problems);
  if (p.kind == DerivedKind::calendar) {
    out.push_back({{"season_sin", "-", Role::other, true}, p.kind, 0, 0, false});
    out.push_back({{"season_cos", "-", Role::other, true}, p.kind, 0, 0, true});
    return out;
  }
  if (p.from.empty() || p.steps.empty()) {
    problems.add({.where = where, .what = "'from' and 'steps' are both needed for lags and rolling windows"});
    return out;
  }
  for (const std::string& name : p.from) {
    const auto at = variable_named(name, where, variables, problems);
    if (!at) continue;
    const Variable* found = &variables[*at];
    const char* kind = p.kind == DerivedKind::lag           ? "lag"
                       : p.kind == DerivedKind::rolling_sum ? "sum"
                       : p.kind == DerivedKind::slow_mean   ? "slow"
                                                            : "mean";
    for (const int steps : p.steps) {
      out.push_back({{fmt::format("{}_{}{}", name, kind, steps), found->unit, found->role, true},
                     p.kind,
                     *at,
                     static_cast<std::size_t>(steps),
                     false});
    }
  }
  return out;
}

}  // namespace

std::vector<DerivedVariable> list_derived(const std::vector<DerivedParams>& params,
                                          const std::vector<Variable>& variables, const core::Step& step,
                                          core::Problems& problems) {
  std::vector<DerivedVariable> all;
  for (std::size_t i = 0; i < params.size(); ++i) {
    const std::string where = fmt::format("data.derived.{}", i + 1);
    for (DerivedVariable& one : list_one(params[i], where, variables, step, problems)) {
      const auto same = [&](const DerivedVariable& other) {
        return other.variable.name == one.variable.name;
      };
      const bool driver = std::any_of(variables.begin(), variables.end(),
                                      [&](const Variable& v) { return v.name == one.variable.name; });
      if (driver || std::any_of(all.begin(), all.end(), same)) {
        problems.add({.where = where, .what = "variable '" + one.variable.name + "' is asked for twice"});
        continue;
      }
      all.push_back(std::move(one));
    }
  }
  return all;
}

bool needs_latitude(const DerivedVariable& what) {
  return what.kind == DerivedKind::evaporation && what.method != EvaporationMethod::makkink;
}

bool needs_elevation(const DerivedVariable& what) {
  return what.kind == DerivedKind::evaporation &&
         (what.method == EvaporationMethod::makkink || what.method == EvaporationMethod::penman);
}

namespace {

// Millimetres of each step: of its middle day, times its days.
void compute_evaporation(const Panel& panel, std::size_t entity, const DerivedVariable& what,
                         std::span<double> out) {
  constexpr double kMegajoules = 0.0864;  // a day of 1 W/m2, in MJ/m2
  const Place& place = panel.places[entity];
  const auto weather = [&](std::size_t i, std::size_t t) { return panel.series(entity, what.weather[i])[t]; };
  const bool range = what.method == EvaporationMethod::hargreaves || what.method == EvaporationMethod::penman;
  for (std::size_t t = 0; t < out.size(); ++t) {
    const core::Seconds length = panel.axis.start(t + 1) - panel.axis.start(t);
    DayWeather day;
    day.temperature_degC = range ? 0.5 * (weather(0, t) + weather(1, t)) : weather(0, t);
    day.range_degC = range ? weather(0, t) - weather(1, t) : 0;
    day.elevation_m = std::isnan(place.elevation_m) ? 0 : place.elevation_m;
    if (what.method == EvaporationMethod::makkink) day.radiation_mj_m2 = kMegajoules * weather(1, t);
    if (what.method == EvaporationMethod::penman) {
      day.radiation_mj_m2 = kMegajoules * weather(2, t);
      day.humidity_percent = weather(3, t);
      day.wind_m_s = weather(4, t);
    }
    bool missing = false;
    for (const std::size_t v : what.weather) missing = missing || std::isnan(panel.series(entity, v)[t]);
    const double top =
        needs_latitude(what)
            ? extraterrestrial_radiation(place.latitude, core::day_of_year(panel.axis.start(t) + length / 2))
            : 0;
    double mm = 0;
    switch (what.method) {
      case EvaporationMethod::oudin:
        mm = oudin_mm(day, top);
        break;
      case EvaporationMethod::hargreaves:
        mm = hargreaves_mm(day, top);
        break;
      case EvaporationMethod::makkink:
        mm = std::max(0.0, makkink_mm(day));
        break;
      case EvaporationMethod::penman:
        mm = penman_monteith_mm(day, top);
        break;
    }
    out[t] = missing ? kNaN : mm * static_cast<double>(length) / static_cast<double>(core::kSecondsPerDay);
  }
}

}  // namespace

void compute_derived(const Panel& panel, std::size_t entity, const DerivedVariable& what,
                     std::span<double> out) {
  if (what.kind == DerivedKind::calendar) {
    for (std::size_t t = 0; t < out.size(); ++t) {
      const double angle = 2 * std::numbers::pi * season_phase(panel.axis, t);
      out[t] = what.cosine ? std::cos(angle) : std::sin(angle);
    }
    return;
  }
  if (what.kind == DerivedKind::evaporation) return compute_evaporation(panel, entity, what, out);
  const auto in = panel.series(entity, what.from);
  if (what.kind == DerivedKind::lag) {
    lag_series(in, what.steps, out);
  } else if (what.kind == DerivedKind::slow_mean) {
    slow_mean(in, static_cast<double>(what.steps), out);
  } else {
    rolling(in, what.steps, what.kind == DerivedKind::rolling_mean, out);
  }
}

}  // namespace phreatic::data
