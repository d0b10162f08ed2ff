// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/explanation/explanation.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "phreatic/core/errors.hpp"
#include "phreatic/hydrographs/explanation/explanation_groups.hpp"
#include "phreatic/hydrographs/explanation/references.hpp"

namespace phreatic::hydrographs {
namespace {

void add_summary(explain::ExpectedGradientsSummary& total, const explain::ExpectedGradientsSummary& part) {
  const auto old = static_cast<double>(total.windows);
  const auto more = static_cast<double>(part.windows);
  total.rms_residual_in_errors =
      std::sqrt((old * total.rms_residual_in_errors * total.rms_residual_in_errors +
                 more * part.rms_residual_in_errors * part.rms_residual_in_errors) /
                std::max(1.0, old + more));
  total.references = part.references;
  total.windows += part.windows;
  total.converged += part.converged;
  total.draws += part.draws;
  total.evaluations += part.evaluations;
  total.largest_error = std::max(total.largest_error, part.largest_error);
  total.largest_residual = std::max(total.largest_residual, part.largest_residual);
}

// Spreads a group's channels over the study's drivers: those the group does not have are NaN, those of two channels
// (a value and whether it is seen) their sum.
std::vector<double> spread_out(std::span<const double> values, const std::vector<std::size_t>& columns,
                               std::size_t drivers) {
  const std::size_t used = columns.size();
  std::vector<double> out(values.size() / used * drivers, std::nan(""));
  for (std::size_t i = 0; i < values.size(); ++i) out[i / used * drivers + columns[i % used]] = 0;
  for (std::size_t i = 0; i < values.size(); ++i) out[i / used * drivers + columns[i % used]] += values[i];
  return out;
}

// By how much the damped anomaly of an explained date departs from its mean over the date's references: what
// the past levels contribute beside the networks.
double anchor_contribution(const GroupWindows& windows, const explain::References& references,
                           std::size_t date) {
  const auto& group = references.groups[references.group_of[date]];
  double mean = 0;
  for (const std::uint32_t r : group)
    mean += windows.reference_anchors[r] / static_cast<double>(group.size());
  return windows.explained_anchors[date] - mean;
}

}  // namespace

std::vector<std::string> explained_drivers(const Prepared& prepared, const TaskParams& task) {
  std::vector<std::string> names;
  for (const std::size_t v : prepared.drivers) names.push_back(prepared.panel.variables[v].name);
  const std::size_t targets = prepared.targets().size();
  for (std::size_t k = 0; k < targets && task.forecasts() && task.forecast.past_levels; ++k)
    names.push_back(past_input(prepared, k));
  return names;
}

std::size_t explained_lags(const learn::WindowParams& window) {
  if (window.mode == learn::WindowMode::forecast) return window.length();
  return window.length() - window.scored() + 1;
}

std::size_t reference_stride(std::size_t steps, std::size_t wanted) {
  return std::max<std::size_t>(1, steps / wanted);
}

namespace {

// Which calibration steps may end a reference window. For same_day: those with the day of the year of an
// explained date; else evenly spread, so that a date finds about the wanted number among those it may use.
std::vector<bool> reference_candidates(const Prepared& prepared, const ExplainParams& params,
                                       learn::StepRange calibration, const std::vector<std::size_t>& dates) {
  const auto& axis = prepared.panel.axis;
  const auto day = [&](std::size_t t) { return std::min(core::day_of_year(axis.start(t)), 365); };
  const auto& p = params.expected_gradients;
  std::vector<bool> out(axis.size(), false);
  if (p.references == explain::ReferenceChoice::same_day) {
    std::vector<bool> wanted(367, false);
    for (const std::size_t t : dates) wanted[static_cast<std::size_t>(day(t))] = true;
    for (std::size_t t = calibration.begin; t < calibration.end; ++t)
      out[t] = wanted[static_cast<std::size_t>(day(t))];
    return out;
  }
  double usable = static_cast<double>(calibration.end - calibration.begin);
  if (p.references == explain::ReferenceChoice::same_season)
    usable *= std::min(1.0, 2.0 * p.season_half_width_days / 365.0);
  const std::size_t every =
      reference_stride(static_cast<std::size_t>(usable), static_cast<std::size_t>(params.reference_windows));
  for (std::size_t t = calibration.begin; t < calibration.end; t += every) out[t] = true;
  return out;
}

}  // namespace

ExplainedSteps explained_steps(const Prepared& prepared, const ExplainParams& params, std::size_t entity,
                               std::size_t lags, const std::vector<bool>& complete) {
  std::vector<std::size_t> run(complete.size() + 1, 0);  // complete steps that end at t
  for (std::size_t t = 0; t < complete.size(); ++t) run[t + 1] = complete[t] ? run[t] + 1 : 0;
  const learn::StepRange calibration = prepared.calibration(entity);
  learn::StepRange wanted = prepared.test(entity);
  if (params.period == "calibration") wanted = calibration;
  if (params.period == "all")
    wanted = {calibration.begin, std::max(prepared.test(entity).end, calibration.end)};
  ExplainedSteps steps;
  const auto stride = static_cast<std::size_t>(params.stride);
  for (std::size_t t = wanted.begin; t < wanted.end; t += stride) {
    if (run[t + 1] >= lags) steps.dates.push_back(t);
  }
  std::vector<bool> candidate = reference_candidates(prepared, params, calibration, steps.dates);
  const auto temperature = prepared.panel.find_role(data::Role::temperature);
  if (params.reference_winters == ReferenceWinters::mild && temperature) {
    const std::vector<bool> mild =
        explain::in_mild_winters(prepared.panel.axis, prepared.panel.series(entity, *temperature),
                                 params.frost, calibration.begin, calibration.end);
    for (std::size_t t = 0; t < candidate.size(); ++t)
      candidate[t] = candidate[t] && !mild.empty() && mild[t];
  }
  for (std::size_t t = calibration.begin; t < calibration.end; ++t) {
    if (candidate[t] && run[t + 1] >= lags) steps.references.push_back(t);
  }
  return steps;
}

namespace {

// The row of each window in the order of entity and time.
std::vector<std::size_t> rows_by_entity(const std::vector<explain::WindowId>& ids) {
  std::vector<std::size_t> order(ids.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(ids[a].entity, ids[a].time) < std::pair(ids[b].entity, ids[b].time);
  });
  std::vector<std::size_t> row(ids.size());
  for (std::size_t r = 0; r < order.size(); ++r) row[order[r]] = r;
  return row;
}

template <class T>
std::vector<T> reordered(const std::vector<T>& values, const std::vector<std::size_t>& row) {
  std::vector<T> out(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) out[row[i]] = values[i];
  return out;
}

}  // namespace

Explanation explain_series(const Prepared& prepared, const Models& models, const ExplainParams& params,
                           const CubeSink& sink, core::Context& context) {
  Explanation out;
  out.drivers = explained_drivers(prepared, models.task);
  out.lags = explained_lags(models.task.learn.window);
  std::vector<PlannedGroup> plans;
  for (const UnitGroup& group : group_units(models.units)) {
    plans.push_back(plan_group(prepared, models, params, group));
  }
  std::vector<explain::WindowId> ids;
  std::vector<double> observed;
  for (const PlannedGroup& plan : plans) {
    ids.insert(ids.end(), plan.windows.explained_ids.begin(), plan.windows.explained_ids.end());
    out.dates.insert(out.dates.end(), plan.windows.dates.begin(), plan.windows.dates.end());
  }
  // Folds take the entities in another order than the panel.
  const std::vector<std::size_t> row = rows_by_entity(ids);
  ids = reordered(ids, row);
  out.dates = reordered(out.dates, row);
  for (const ExplainedDate& date : out.dates)
    observed.push_back(prepared.scored_level(date.entity)[date.step]);
  explain::AttributionDigest digest(ids, prepared.panel.entities, out.drivers, out.lags, out.drivers.size(),
                                    std::move(observed));
  std::size_t offset = 0;
  for (PlannedGroup& plan : plans) {
    core::throw_if_interrupted();
    const auto model = load_group(plan, models);
    const explain::References references =
        references_of(prepared, params, out.lags, plan.windows.reference_ids, plan.windows.explained_ids);
    const auto take = [&](const explain::WindowAttribution& window) {
      std::vector<double> cube = spread_out(window.attributions, plan.columns, out.drivers.size());
      std::vector<double> sums =
          spread_out(window.driver_sums.first(plan.columns.size()), plan.columns, out.drivers.size());
      const std::vector<double> errors =
          spread_out(window.driver_errors.first(plan.columns.size()), plan.columns, out.drivers.size());
      explain::WindowAttribution wide = window;
      wide.window = row[offset + window.window];
      wide.attributions = cube;
      wide.statics = {};
      wide.driver_sums = sums;
      wide.driver_errors = errors;
      if (!plan.windows.explained_anchors.empty()) {
        const double more = anchor_contribution(plan.windows, references, window.window);
        const std::size_t issue = out.lags - static_cast<std::size_t>(models.task.learn.window.horizon) - 1;
        cube[issue * out.drivers.size() + plan.own_past] += more;
        sums[plan.own_past] += more;
        wide.base -= more;
      }
      digest.add(wide);
      ExplainedDate& date = out.dates[wide.window];
      date.value_m = window.value;
      date.base_m = wide.base;
      date.residual_m = window.residual;
      date.draws = window.draws;
      date.converged = window.converged;
      if (sink) sink(date, cube);
    };
    add_summary(out.summary, explain::expected_gradients(
                                 *model, *plan.windows.explained, *plan.windows.references, references,
                                 plan.windows.scales, params.expected_gradients, take, context));
    offset += plan.windows.dates.size();
  }
  out.table = digest.table();
  out.profile = digest.lag_profile();
  return out;
}

}  // namespace phreatic::hydrographs
