// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/derive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace phreatic::data {
namespace {
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
}

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

std::vector<DerivedVariable> list_one(const DerivedParams& p, const std::string& where,
                                      const std::vector<Variable>& variables, core::Problems& problems) {
  std::vector<DerivedVariable> out;
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
    const auto found =
        std::find_if(variables.begin(), variables.end(), [&](const Variable& v) { return v.name == name; });
    if (found == variables.end()) {
      std::vector<std::string> names;
      for (const Variable& v : variables) names.push_back(v.name);
      const std::string near = core::nearest(name, names);
      problems.add({.where = where,
                    .what = fmt::format("there is no variable '{}'{}", name,
                                        near.empty() ? "" : "; did you mean '" + near + "'?")});
      continue;
    }
    const char* kind = p.kind == DerivedKind::lag           ? "lag"
                       : p.kind == DerivedKind::rolling_sum ? "sum"
                       : p.kind == DerivedKind::slow_mean   ? "slow"
                                                            : "mean";
    for (const int steps : p.steps) {
      out.push_back({{fmt::format("{}_{}{}", name, kind, steps), found->unit, found->role, true},
                     p.kind,
                     static_cast<std::size_t>(found - variables.begin()),
                     static_cast<std::size_t>(steps),
                     false});
    }
  }
  return out;
}

}  // namespace

std::vector<DerivedVariable> list_derived(const std::vector<DerivedParams>& params,
                                          const std::vector<Variable>& variables, core::Problems& problems) {
  std::vector<DerivedVariable> all;
  for (std::size_t i = 0; i < params.size(); ++i) {
    const std::string where = fmt::format("data.derived.{}", i + 1);
    for (DerivedVariable& one : list_one(params[i], where, variables, problems)) {
      const auto same = [&](const DerivedVariable& other) {
        return other.variable.name == one.variable.name;
      };
      if (std::any_of(all.begin(), all.end(), same)) {
        problems.add({.where = where, .what = "variable '" + one.variable.name + "' is asked for twice"});
        continue;
      }
      all.push_back(std::move(one));
    }
  }
  return all;
}

void compute_derived(const Panel& panel, std::size_t entity, const DerivedVariable& what,
                     std::span<double> out) {
  if (what.kind == DerivedKind::calendar) {
    for (std::size_t t = 0; t < out.size(); ++t) {
      const double angle = 2 * std::numbers::pi * season_phase(panel.axis, t);
      out[t] = what.cosine ? std::cos(angle) : std::sin(angle);
    }
    return;
  }
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
