// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/targets/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/file_name.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/hydrographs/targets/targets.hpp"

namespace phreatic::hydrographs {
namespace {

// One group of wells: it learns from those that are not held out and simulates `simulates`.
Unit make_group(const std::string& name, const std::vector<data::EntitySplit>& splits, bool only_held_out) {
  Unit unit;
  unit.name = name;
  for (std::size_t e = 0; e < splits.size(); ++e) {
    if (!splits[e].held_out) unit.learns_from.push_back(e);
    if (splits[e].held_out || !only_held_out) unit.simulates.push_back(e);
  }
  return unit;
}

// Entities grouped into the units' wells before validation blocks multiply them.
std::vector<Unit> plan_groups(const Prepared& prepared, const data::SplitParams& split, Scope scope) {
  std::vector<Unit> units;
  if (split.folds > 0) {
    const auto folds = data::fold_splits(prepared.split, split.folds, split.seed);
    for (std::size_t f = 0; f < folds.size(); ++f)
      units.push_back(make_group(fmt::format("fold{}", f + 1), folds[f].entities, true));
  } else if (scope == Scope::single) {
    for (std::size_t e = 0; e < prepared.panel.entity_count(); ++e)
      units.push_back({core::file_name(prepared.panel.entities[e]), {e}, {e}, -1});
  } else {
    units.push_back(make_group("all", prepared.split.entities, false));
  }
  return units;
}

bool has_values(std::span<const double> series) {
  return std::any_of(series.begin(), series.end(), [](double v) { return !std::isnan(v); });
}

// Drivers that the unit's wells have; one that only some of them have is a problem.
std::vector<std::size_t> used_drivers(const Prepared& prepared, const Unit& unit) {
  core::Problems problems;
  std::vector<std::size_t> used;
  for (const std::size_t v : prepared.drivers) {
    const auto present = [&](std::size_t e) { return has_values(prepared.panel.series(e, v)); };
    const auto& wells = unit.learns_from;
    if (std::none_of(wells.begin(), wells.end(), present)) continue;  // a driver of other wells
    for (const std::size_t e : wells) {
      if (present(e)) continue;
      problems.add({.where = fmt::format("well {}, driver {}", prepared.panel.entities[e],
                                         prepared.panel.variables[v].name),
                    .what = "has no values, other wells of the same model do",
                    .mend = "Give the driver for every well, leave it out, or use 'scope: single'"});
    }
    used.push_back(v);
  }
  problems.throw_if_any();
  return used;
}

bool uses_attributes(const TaskParams& task, const Unit& unit) {
  return task.attributes != AttributeUse::none &&
         task.learn.model.static_attributes != learn::StaticUse::none &&
         unit.learns_from.size() > 1;  // of one well they are constant
}

// Missing attributes stand at the mean of the wells; said when loading.
std::vector<float> scaled_statics(const Prepared& prepared, const TaskParams& task,
                                  const std::vector<data::AttributeScale>& scales, std::size_t e) {
  const data::Attributes& attributes = prepared.panel.attributes;
  std::vector<float> out;
  core::RandomStream random(task.learn.training.seed, "random attributes", e);
  for (std::size_t a = 0; a < scales.size(); ++a) {
    if (task.attributes == AttributeUse::random) {
      out.push_back(static_cast<float>(random.normal()));
      continue;
    }
    const double scaled = scales[a].affine.scaled(attributes.values[e * attributes.names.size() + a]);
    out.push_back(std::isnan(scaled) ? 0.0F : static_cast<float>(scaled));
  }
  return out;
}

// Where forecasts start from the damped anomaly: of each entity, from the steps that the unit trains on.
void fit_anchors(const Prepared& prepared, const TaskParams& task, const Unit& unit, UnitScaling& scaling) {
  scaling.anchors.resize(prepared.panel.entity_count());
  if (!task.anchored_by_lead()) return;
  const auto leads = static_cast<std::size_t>(task.learn.window.horizon);
  for (std::size_t e = 0; e < scaling.anchors.size(); ++e) {
    if (scaling.targets[e].empty()) continue;
    const bool learnt =
        std::find(unit.learns_from.begin(), unit.learns_from.end(), e) != unit.learns_from.end();
    UnitSteps steps{{prepared.training(e)}, prepared.calibration(e)};
    if (learnt) steps = unit_steps(prepared, task.validation, unit, e);
    const std::vector<std::size_t> targets = prepared.targets();
    for (std::size_t k = 0; k < targets.size(); ++k) {
      scaling.anchors[e].push_back(
          scaling.targets[e][k]
              ? fit_damped_anchor(prepared, e, targets[k], {steps.training, prepared.calibration(e)}, leads)
              : DampedAnchor{});
    }
  }
}

}  // namespace

std::vector<Unit> plan_units(const Prepared& prepared, const data::SplitParams& split,
                             const TaskParams& task) {
  std::vector<Unit> units;
  for (const Unit& group : plan_groups(prepared, split, task.scope)) {
    if (task.validation.scheme == ValidationScheme::period) {
      units.push_back(group);
      continue;
    }
    for (int block = 0; block < task.validation.blocks; ++block) {
      Unit unit = group;
      unit.block = block;
      unit.name += fmt::format("-block{}", block + 1);
      units.push_back(std::move(unit));
    }
  }
  return units;
}

std::vector<UnitGroup> group_units(const std::vector<Unit>& units) {
  std::vector<UnitGroup> groups;
  for (const Unit& unit : units) {
    const auto same = std::find_if(groups.begin(), groups.end(),
                                   [&](const UnitGroup& g) { return g.simulates == unit.simulates; });
    if (same != groups.end()) {
      same->units.push_back(unit);
    } else {
      groups.push_back({{unit}, unit.simulates});
    }
  }
  return groups;
}

UnitSteps unit_steps(const Prepared& prepared, const ValidationParams& validation, const Unit& unit,
                     std::size_t entity) {
  if (unit.block < 0) return {{prepared.training(entity)}, prepared.validation(entity)};
  const learn::StepRange all = prepared.calibration(entity);
  // Blocks hold equal numbers of observed steps, so that sparse years do not make empty blocks.
  const std::vector<std::size_t> targets = prepared.targets();
  std::vector<std::size_t> observed;
  for (std::size_t t = all.begin; t < all.end; ++t) {
    const auto seen = [&](std::size_t v) { return !std::isnan(prepared.panel.series(entity, v)[t]); };
    if (std::any_of(targets.begin(), targets.end(), seen)) observed.push_back(t);
  }
  const auto blocks = static_cast<std::size_t>(validation.blocks);
  const auto edge = [&](std::size_t b) {
    if (b == 0) return all.begin;
    if (b == blocks || observed.empty()) return all.end;
    return observed[b * observed.size() / blocks];
  };
  const auto b = static_cast<std::size_t>(unit.block);
  UnitSteps steps;
  steps.validation = {edge(b), edge(b + 1)};
  if (steps.validation.begin > all.begin) steps.training.push_back({all.begin, steps.validation.begin});
  if (steps.validation.end < all.end) steps.training.push_back({steps.validation.end, all.end});
  return steps;
}

UnitScaling fit_scaling(const Prepared& prepared, const TaskParams& task, const Unit& unit) {
  UnitScaling scaling;
  scaling.variables = used_drivers(prepared, unit);
  // The scalers see the calibration period of the wells that the unit learns from.
  data::Split split = prepared.split;
  for (std::size_t e = 0; e < split.entities.size(); ++e) {
    const learn::StepRange calibration = prepared.calibration(e);
    split.entities[e].train = {calibration.begin, calibration.end};
    split.entities[e].held_out =
        std::find(unit.learns_from.begin(), unit.learns_from.end(), e) == unit.learns_from.end();
  }
  data::Scalers scalers = data::fit_scalers(prepared.panel, scaling.variables, {prepared.target}, split, {});
  scaling.inputs = std::move(scalers.inputs);
  if (uses_attributes(task, unit)) scaling.attributes = std::move(scalers.attributes);
  scaling.statics.resize(prepared.panel.entity_count());
  scaling.targets.resize(prepared.panel.entity_count());
  for (const auto* entities : {&unit.learns_from, &unit.simulates}) {
    for (const std::size_t e : *entities) {
      scaling.statics[e] = scaled_statics(prepared, task, scaling.attributes, e);
      scaling.targets[e].clear();
      for (const std::size_t v : prepared.targets())
        scaling.targets[e].push_back(target_scaling(prepared, e, v));
    }
  }
  fit_anchors(prepared, task, unit, scaling);
  return scaling;
}

std::optional<data::Affine> target_scaling(const Prepared& prepared, std::size_t entity,
                                           std::size_t variable) {
  if (!prepared.others.empty() && !observes(prepared, entity, variable)) return std::nullopt;
  const learn::StepRange steps = prepared.calibration(entity);
  const auto known = prepared.panel.series(entity, variable).subspan(steps.begin, steps.end - steps.begin);
  return data::fit_affine({known.begin(), known.end()}, data::ScalerKind::zscore);
}

std::string past_input(const Prepared& prepared, std::size_t target) {
  if (target == 0) return kPastLevel;
  return "past_" + prepared.panel.variables[prepared.targets()[target]].name;
}

namespace {

// Scaled values of `columns` as [time][column].
std::vector<float> interleaved(const std::vector<std::vector<float>>& columns, std::size_t times) {
  std::vector<float> out(times * columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t t = 0; t < times; ++t) out[t * columns.size() + c] = columns[c][t];
  }
  return out;
}

std::vector<float> scaled_series(std::span<const double> values, const data::Affine& scaling,
                                 const learn::StepRange& steps) {
  std::vector<float> out(values.size(), std::nanf(""));
  for (std::size_t t = steps.begin; t < steps.end; ++t)
    out[t] = static_cast<float>(scaling.scaled(values[t]));
  return out;
}

learn::LossKind loss_kind(TargetLoss loss) {
  switch (loss) {
    case TargetLoss::nse:
      return learn::LossKind::nse;
    case TargetLoss::one_minus_r2:
      return learn::LossKind::one_minus_r2;
    case TargetLoss::mse:
      return learn::LossKind::mse;
    case TargetLoss::mae:
      return learn::LossKind::mae;
    case TargetLoss::huber:
      return learn::LossKind::huber;
    case TargetLoss::quantile:
      return learn::LossKind::quantile;
    case TargetLoss::study:
      break;
  }
  PHREATIC_ASSERT(false);
  return learn::LossKind::nse;
}

// At each step the value that was observed last; NaN before the first.
std::vector<float> known_last(std::vector<float> values) {
  for (std::size_t t = 1; t < values.size(); ++t) {
    if (std::isnan(values[t])) values[t] = values[t - 1];
  }
  return values;
}

learn::Target learnt_target(const Prepared& prepared, const TaskParams& task, std::size_t k) {
  const TargetTask how = task_of(task.targets, prepared.panel.variables[prepared.targets()[k]].name);
  learn::Target target{.name = how.name};
  target.weight = how.weight;
  target.interval = static_cast<std::size_t>(how.interval);
  if (task.anchored()) target.anchor = past_input(prepared, k);
  target.anchored_by_lead = task.anchored_by_lead();
  if (how.loss == TargetLoss::study) return target;
  target.loss = task.learn.loss;
  target.loss->kind = loss_kind(how.loss);
  return target;
}

// Which inputs end at the issue date.
void name_inputs(const Prepared& prepared, const TaskParams& task, const UnitScaling& scaling,
                 learn::SeriesSet& set) {
  const bool hidden = task.forecasts() && task.forecast.drivers == HorizonDrivers::hidden;
  for (const std::size_t v : scaling.variables)
    (hidden ? set.past_features : set.features).push_back(prepared.panel.variables[v].name);
  const std::size_t targets = prepared.targets().size();
  for (std::size_t k = 0; k < targets && task.forecasts() && task.forecast.past_levels; ++k)
    set.past_features.push_back(past_input(prepared, k));
  for (const data::AttributeScale& attribute : scaling.attributes) set.statics.push_back(attribute.name);
  for (std::size_t k = 0; k < targets; ++k) set.targets.push_back(learnt_target(prepared, task, k));
}

}  // namespace

learn::SeriesSet make_series(const Prepared& prepared, const TaskParams& task, const UnitScaling& scaling,
                             const std::vector<std::size_t>& entities, bool with_targets) {
  const std::size_t times = prepared.panel.time_count();
  learn::SeriesSet set;
  name_inputs(prepared, task, scaling, set);
  for (std::size_t f = 0; f < set.features.size(); ++f)
    set.scales.push_back({scaling.inputs[f].affine.centre, scaling.inputs[f].affine.scale});
  for (const std::size_t e : entities) {
    learn::Series series;
    series.name = prepared.panel.entities[e];
    series.length = times;
    std::vector<std::vector<float>> inputs;
    for (std::size_t f = 0; f < scaling.variables.size(); ++f) {
      inputs.push_back(scaled_series(prepared.panel.series(e, scaling.variables[f]), scaling.inputs[f].affine,
                                     {0, times}));
    }
    std::vector<std::vector<float>> past;
    if (set.features.empty()) past.swap(inputs);
    std::vector<std::vector<float>> observed;
    const std::vector<std::size_t> targets = prepared.targets();
    for (std::size_t k = 0; k < targets.size(); ++k) {
      const data::Affine target_scale = scaling.targets[e][k].value_or(data::Affine{});
      observed.emplace_back(times, std::nanf(""));
      if (with_targets)
        observed[k] =
            scaled_series(prepared.panel.series(e, targets[k]), target_scale, prepared.calibration(e));
      if (past.size() == set.past_features.size()) continue;  // levels are no input
      past.push_back(
          known_last(with_targets ? observed[k]
                                  : scaled_series(prepared.known(e, targets[k]), target_scale, {0, times})));
    }
    series.targets = interleaved(observed, times);
    for (std::size_t k = 0; k < targets.size() && task.anchored_by_lead(); ++k) {
      const DampedAnchor& anchor = scaling.anchors[e][k];
      const auto& target_scale = scaling.targets[e][k];
      PHREATIC_ASSERT(anchor.empty() || target_scale);
      series.anchors.push_back(
          anchor.empty() ? no_lead_anchors(times, static_cast<std::size_t>(task.learn.window.horizon))
                         : lead_anchors(anchor, prepared, e, targets[k], *target_scale, with_targets));
    }
    series.inputs = interleaved(inputs, times);
    series.past = interleaved(past, times);
    series.statics = scaling.statics[e];
    set.entities.push_back(std::move(series));
  }
  return set;
}

}  // namespace phreatic::hydrographs
