// SPDX-License-Identifier: BSD-3-Clause
// Scaling of inputs, attributes and targets: scaled = (value - centre) / scale. Fitted on the training period
// only, inputs and attributes over the wells that are not held out, targets per well or over all. Kept
// by the model folder (hydrographs/training/model_file.hpp).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/data/panel.hpp"
#include "phreatic/data/split.hpp"

namespace phreatic::data {

// zscore: mean and standard deviation; minmax: minimum and range; robust: median and interquartile range
// / 1.349; none: 0 and 1. A scale of zero becomes 1.
enum class ScalerKind { zscore, minmax, robust, none };

struct ScalerParams {
  ScalerKind inputs = ScalerKind::zscore;
  ScalerKind attributes = ScalerKind::zscore;
  ScalerKind targets = ScalerKind::zscore;
  bool targets_per_well = true;
};
void describe(core::Describer& d, ScalerParams& p);

struct Affine {
  double centre = 0;
  double scale = 1;
  double scaled(double value) const { return (value - centre) / scale; }
  double unscaled(double value) const { return value * scale + centre; }
  bool operator==(const Affine&) const = default;
};

struct InputScale {
  std::string name;
  Affine affine;
  double training_min = 0;  // range seen in training: outside it a model extrapolates
  double training_max = 0;
  bool operator==(const InputScale&) const = default;
};

struct AttributeScale {
  std::string name;
  Affine affine;
  bool operator==(const AttributeScale&) const = default;
};

struct TargetScale {
  std::string well;  // "" = for all wells
  std::string name;
  Affine affine;
  std::size_t observations =
      0;  // in the training period; 0 = nothing observed, the mean of the other wells' is taken
  bool operator==(const TargetScale&) const = default;
};

struct Scalers {
  std::vector<InputScale> inputs;          // in the order of `inputs` below
  std::vector<AttributeScale> attributes;  // in the order of the panel
  std::vector<TargetScale> targets;        // [entity][target], or [target] when global
  bool targets_per_well = true;
  bool operator==(const Scalers&) const = default;

  // Of target k of the entity with that index at fitting.
  const Affine& target(std::size_t entity, std::size_t k, std::size_t target_count) const {
    return targets[targets_per_well ? entity * target_count + k : k].affine;
  }
};

// `inputs` and `targets` are variables of the panel. A held-out well's own training-period levels set its
// target scale (what is predicted for it is its variation, not its datum); they enter nothing else.
Scalers fit_scalers(const Panel& panel, const std::vector<std::size_t>& inputs,
                    const std::vector<std::size_t>& targets, const Split& split, const ScalerParams& params);

// Centre and scale of the values that are not NaN; 0 and 1 when there is none.
Affine fit_affine(std::vector<double> values, ScalerKind kind);

}  // namespace phreatic::data
