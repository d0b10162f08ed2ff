// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/scalers.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/core/parallel.hpp"

namespace phreatic::data {

void describe(core::Describer& d, ScalerParams& p) {
  const std::vector<std::pair<std::string, ScalerKind>> kinds = {{"zscore", ScalerKind::zscore},
                                                                 {"minmax", ScalerKind::minmax},
                                                                 {"robust", ScalerKind::robust},
                                                                 {"none", ScalerKind::none}};
  d.choice("inputs", p.inputs, kinds,
           {.help = "How inputs are scaled, over all wells and the training period"});
  d.choice("attributes", p.attributes, kinds,
           {.help = "How static attributes are scaled, over training wells"});
  d.choice("targets", p.targets, kinds, {.help = "How targets are scaled, over the training period"});
  d.field("targets_per_well", p.targets_per_well,
          {.help = "One scale for each well (levels differ by hundreds of metres), or one for all"});
}

namespace {

// Value at a share of the way through sorted values, linear between neighbours.
double quantile(const std::vector<double>& sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(position);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (position - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

void append(std::vector<double>& values, std::span<const double> series, const StepRange& range) {
  for (std::size_t t = range.begin; t < std::min(range.end, series.size()); ++t) {
    if (!std::isnan(series[t])) values.push_back(series[t]);
  }
}

// Values of a variable in the training periods of all wells that are not held out.
std::vector<double> training_values(const Panel& panel, std::size_t variable, const Split& split) {
  std::vector<double> values;
  for (std::size_t e = 0; e < panel.entity_count(); ++e) {
    if (!split.entities[e].held_out) append(values, panel.series(e, variable), split.entities[e].train);
  }
  return values;
}

InputScale fit_input(const Panel& panel, std::size_t variable, const Split& split, ScalerKind kind) {
  InputScale scale;
  scale.name = panel.variables[variable].name;
  std::vector<double> values = training_values(panel, variable, split);
  if (values.empty()) return scale;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  scale.training_min = *low;
  scale.training_max = *high;
  scale.affine = fit_affine(std::move(values), kind);
  return scale;
}

void fit_attributes(const Panel& panel, const Split& split, ScalerKind kind, Scalers& scalers) {
  const std::size_t count = panel.attributes.names.size();
  for (std::size_t a = 0; a < count; ++a) {
    std::vector<double> values;
    for (std::size_t e = 0; e < panel.entity_count(); ++e) {
      const double value = panel.attributes.values[e * count + a];
      if (!split.entities[e].held_out && !std::isnan(value)) values.push_back(value);
    }
    scalers.attributes.push_back({panel.attributes.names[a], fit_affine(std::move(values), kind)});
  }
}

void fit_targets(const Panel& panel, const std::vector<std::size_t>& targets, const Split& split,
                 const ScalerParams& params, Scalers& scalers) {
  scalers.targets_per_well = params.targets_per_well;
  if (!params.targets_per_well) {
    for (const std::size_t v : targets) {
      std::vector<double> values = training_values(panel, v, split);
      const std::size_t n = values.size();
      scalers.targets.push_back(
          {"", panel.variables[v].name, fit_affine(std::move(values), params.targets), n});
    }
    return;
  }
  for (std::size_t e = 0; e < panel.entity_count(); ++e) {
    for (const std::size_t v : targets) {
      std::vector<double> values;
      append(values, panel.series(e, v), split.entities[e].train);
      const std::size_t n = values.size();
      scalers.targets.push_back(
          {panel.entities[e], panel.variables[v].name, fit_affine(std::move(values), params.targets), n});
    }
  }
  for (std::size_t k = 0; k < targets.size(); ++k) {  // wells without observations: the mean of the others
    Affine mean{0, 0};
    double wells = 0;
    for (std::size_t e = 0; e < panel.entity_count(); ++e) {
      const TargetScale& one = scalers.targets[e * targets.size() + k];
      if (one.observations == 0 || split.entities[e].held_out) continue;
      mean.centre += one.affine.centre;
      mean.scale += one.affine.scale;
      wells += 1;
    }
    if (wells == 0) continue;
    for (std::size_t e = 0; e < panel.entity_count(); ++e) {
      TargetScale& one = scalers.targets[e * targets.size() + k];
      if (one.observations == 0) one.affine = {mean.centre / wells, mean.scale / wells};
    }
  }
}

}  // namespace

Affine fit_affine(std::vector<double> values, ScalerKind kind) {
  Affine affine;
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty() || kind == ScalerKind::none) return affine;
  if (kind == ScalerKind::zscore) {
    const auto n = static_cast<double>(values.size());
    double sum = 0;
    for (const double value : values) sum += value;
    affine.centre = sum / n;
    double squares = 0;
    for (const double value : values) squares += (value - affine.centre) * (value - affine.centre);
    affine.scale = std::sqrt(squares / n);
  } else {
    std::sort(values.begin(), values.end());
    const bool robust = kind == ScalerKind::robust;
    affine.centre = robust ? quantile(values, 0.5) : values.front();
    affine.scale =
        robust ? (quantile(values, 0.75) - quantile(values, 0.25)) / 1.349 : values.back() - values.front();
  }
  if (affine.scale <= 0 || !std::isfinite(affine.scale)) affine.scale = 1;
  return affine;
}

Scalers fit_scalers(const Panel& panel, const std::vector<std::size_t>& inputs,
                    const std::vector<std::size_t>& targets, const Split& split, const ScalerParams& params) {
  PHREATIC_ASSERT(split.entities.size() == panel.entity_count());
  Scalers scalers;
  scalers.inputs.resize(inputs.size());
  core::parallel_for(inputs.size(), [&](std::size_t i) {
    scalers.inputs[i] = fit_input(panel, inputs[i], split, params.inputs);
  });
  fit_attributes(panel, split, params.attributes, scalers);
  fit_targets(panel, targets, split, params, scalers);
  return scalers;
}

}  // namespace phreatic::data
