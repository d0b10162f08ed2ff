// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/targets/targets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/file_name.hpp"

namespace phreatic::hydrographs {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

bool any_value(std::span<const double> series) {
  return std::any_of(series.begin(), series.end(), [](double v) { return !std::isnan(v); });
}

// The rows of `kept` of an array [entity][size].
std::vector<double> rows_of(const std::vector<double>& values, const std::vector<std::size_t>& kept,
                            std::size_t size) {
  std::vector<double> out;
  out.reserve(kept.size() * size);
  for (const std::size_t e : kept) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(e * size);
    out.insert(out.end(), first, first + static_cast<std::ptrdiff_t>(size));
  }
  return out;
}

data::Panel panel_of(const data::Panel& from, const std::vector<std::size_t>& kept) {
  data::Panel panel;
  panel.axis = from.axis;
  panel.variables = from.variables;
  panel.attributes.names = from.attributes.names;
  panel.attributes.values = rows_of(from.attributes.values, kept, from.attributes.names.size());
  panel.values = rows_of(from.values, kept, from.variable_count() * from.time_count());
  for (const std::size_t e : kept) {
    panel.entities.push_back(from.entities[e]);
    if (e < from.places.size()) panel.places.push_back(from.places[e]);
  }
  return panel;
}

}  // namespace

bool observes(const Prepared& prepared, std::size_t entity, std::size_t variable) {
  return any_value(prepared.panel.series(entity, variable)) || any_value(prepared.scored(entity, variable));
}

std::vector<std::size_t> entities_with(const Prepared& prepared, std::size_t k) {
  std::vector<std::size_t> kept;
  for (std::size_t e = 0; e < prepared.panel.entity_count(); ++e) {
    if (prepared.others.empty() || observes(prepared, e, prepared.targets()[k])) kept.push_back(e);
  }
  return kept;
}

Prepared only_target(const Prepared& prepared, std::size_t k, const std::vector<std::size_t>& kept) {
  const std::vector<std::size_t> targets = prepared.targets();
  Prepared out;
  out.target = targets[k];
  out.others = targets;
  out.others.erase(out.others.begin() + static_cast<std::ptrdiff_t>(k));
  out.number = k;
  out.drivers = prepared.drivers;
  out.panel = panel_of(prepared.panel, kept);
  out.split.name = prepared.split.name;
  for (const auto& [variable, values] : prepared.evaluation)
    out.evaluation[variable] = rows_of(values, kept, prepared.panel.time_count());
  for (const std::size_t e : kept) {
    if (e < prepared.split.entities.size()) out.split.entities.push_back(prepared.split.entities[e]);
    if (e < prepared.records.size()) out.records.push_back(prepared.records[e]);
  }
  return out;
}

Models only_entities(const Models& models, const std::vector<std::size_t>& kept) {
  const auto remapped = [&](const std::vector<std::size_t>& entities) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (std::find(entities.begin(), entities.end(), kept[i]) != entities.end()) out.push_back(i);
    }
    return out;
  };
  Models out = models;
  out.units.clear();
  for (Unit unit : models.units) {
    unit.learns_from = remapped(unit.learns_from);
    unit.simulates = remapped(unit.simulates);
    if (!unit.simulates.empty()) out.units.push_back(std::move(unit));
  }
  return out;
}

void for_each_target(const Prepared& prepared, const TargetWork& work) {
  if (prepared.others.empty()) return work(prepared, entities_with(prepared, 0));
  for (std::size_t k = 0; k < prepared.targets().size(); ++k) {
    const std::vector<std::size_t> kept = entities_with(prepared, k);
    work(only_target(prepared, k, kept), kept);
  }
}

std::string target_suffix(const std::string& name, std::size_t number) {
  return number == 0 ? "" : "_" + core::file_name(name);
}

IntervalCount mean_over_intervals(std::span<double> series, std::size_t interval, std::ptrdiff_t begins) {
  IntervalCount count;
  const auto n = static_cast<std::ptrdiff_t>(interval);
  const auto size = static_cast<std::ptrdiff_t>(series.size());
  // The first interval that holds a step of the axis may begin before it.
  std::ptrdiff_t first = begins % n;
  if (first > 0) first -= n;
  for (; first < size; first += n) {
    double sum = 0;
    std::size_t values = 0;
    for (std::ptrdiff_t t = std::max<std::ptrdiff_t>(first, 0); t < std::min(first + n, size); ++t) {
      double& value = series[static_cast<std::size_t>(t)];
      if (!std::isnan(value)) {
        sum += value;
        ++values;
      }
      value = kMissing;
    }
    count.observations += values;
    if (values == 0) continue;
    if (first < 0 || first + n > size) {
      count.cut += values;
      continue;
    }
    ++count.intervals;
    series[static_cast<std::size_t>(first + n - 1)] = sum / static_cast<double>(values);
  }
  return count;
}

void trailing_mean(std::vector<double>& values, std::size_t interval) {
  if (interval <= 1) return;
  std::vector<double> out(values.size(), kMissing);
  for (std::size_t t = interval - 1; t < values.size(); ++t) {
    double sum = 0;  // NaN as soon as one value is
    for (std::size_t i = t + 1 - interval; i <= t; ++i) sum += values[i];
    out[t] = sum / static_cast<double>(interval);
  }
  values = std::move(out);
}

namespace {

// The step of the day on which an interval begins, as declared or as observed first.
std::ptrdiff_t first_interval(const Prepared& prepared, std::size_t variable, const TargetTask& task) {
  const core::TimeAxis& axis = prepared.panel.axis;
  std::size_t first = axis.size();
  for (std::size_t e = 0; e < prepared.panel.entity_count(); ++e) {
    const auto series = prepared.panel.series(e, variable);
    const auto value = std::find_if(series.begin(), series.end(), [](double v) { return !std::isnan(v); });
    first = std::min(first, static_cast<std::size_t>(value - series.begin()));
  }
  if (!task.interval_begins) return static_cast<std::ptrdiff_t>(first);
  if (const auto step = axis.index_of(*task.interval_begins)) return static_cast<std::ptrdiff_t>(*step);
  throw core::InputError({.where = "targets, '" + task.name + "', interval_begins",
                          .what = core::format_date(*task.interval_begins) + " lies outside the data",
                          .allowed = core::format_date(axis.start(0)) + " to " +
                                     core::format_date(axis.start(axis.size() - 1))});
}

}  // namespace

void group_observations(Prepared& prepared, const std::vector<TargetTask>& targets, core::Log& log) {
  for (const std::size_t v : prepared.targets()) {
    const TargetTask task = task_of(targets, prepared.panel.variables[v].name);
    if (task.interval <= 1) continue;
    const auto interval = static_cast<std::size_t>(task.interval);
    const std::ptrdiff_t begins = first_interval(prepared, v, task);
    const std::size_t times = prepared.panel.time_count();
    IntervalCount all;
    for (std::size_t e = 0; e < prepared.panel.entity_count(); ++e) {
      const IntervalCount one = mean_over_intervals(prepared.panel.series(e, v), interval, begins);
      all.observations += one.observations;
      all.intervals += one.intervals;
      all.cut += one.cut;
      const auto apart = prepared.evaluation.find(v);
      if (apart != prepared.evaluation.end())
        mean_over_intervals(std::span(apart->second).subspan(e * times, times), interval, begins);
    }
    log.info(fmt::format(
        "target '{}': {} observations stand as {} means over intervals of {} steps{}", task.name,
        all.observations, all.intervals, interval,
        all.cut > 0 ? fmt::format("; {} lie in intervals that the data do not hold whole", all.cut) : ""));
  }
}

void check_targets(const Prepared& prepared, const TaskParams& task, const UncertaintyParams& uncertainty,
                   const std::string& file, core::Problems& problems) {
  std::vector<std::string> names;
  for (const std::size_t v : prepared.targets()) names.push_back(prepared.panel.variables[v].name);
  std::set<std::string> seen;
  for (const TargetTask& target : task.targets) {
    const std::string where = "targets, '" + target.name + "'";
    if (std::find(names.begin(), names.end(), target.name) == names.end())
      problems.add({.file = file,
                    .where = where,
                    .what = "is no target of the data",
                    .allowed = fmt::format("{}", fmt::join(names, ", ")),
                    .mend = "Name it as under 'data.targets'"});
    if (!seen.insert(target.name).second)
      problems.add({.file = file, .where = where, .what = "stands twice", .mend = "Describe it once"});
    if (target.interval > 1 && task.learn.window.mode != learn::WindowMode::simulation)
      problems.add(
          {.file = file,
           .where = where + ", interval",
           .what = fmt::format("is {}, but means over intervals are for simulations", target.interval),
           .mend = "Set 'window.mode: simulation', or put the data on that step with 'data.step'"});
  }
  double weights = 0;
  for (const std::string& name : names) {
    const TargetTask target = task_of(task.targets, name);
    weights += target.weight;
    const bool quantiles =
        target.loss == TargetLoss::quantile ||
        (target.loss == TargetLoss::study && task.learn.loss.kind == learn::LossKind::quantile);
    if (uncertainty.scale == BandScale::quantiles && names.size() > 1 && !quantiles)
      problems.add({.file = file,
                    .where = "uncertainty.scale",
                    .what = "is 'quantiles', but the target '" + name + "' is learnt without them",
                    .mend = "Give every target a quantile loss, or set another scale"});
  }
  if (!(weights > 0))
    problems.add(
        {.file = file, .where = "targets", .what = "every target has the weight 0: nothing is learnt"});
}

}  // namespace phreatic::hydrographs
