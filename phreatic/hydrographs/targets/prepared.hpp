// SPDX-License-Identifier: BSD-3-Clause
// What the modelling of series works on: the panel, which steps of each entity are for what, and which
// variables are drivers and targets.
#pragma once

#include <cmath>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "phreatic/data/panel.hpp"
#include "phreatic/data/sources.hpp"
#include "phreatic/learn/samples/dataset.hpp"

namespace phreatic::hydrographs {

struct Prepared {
  data::Panel panel;
  std::size_t target = 0;            // variable index of the target that is scored
  std::vector<std::size_t> others;   // further targets of the same networks, variable indices
  std::size_t number = 0;            // place of `target` among the networks' outputs (targets.hpp)
  std::vector<std::size_t> drivers;  // variable indices, in the order of the study file
  data::Split split;                 // steps of each entity for training, validation and test
  // Of targets, by variable: [entity][time] values that only the evaluation sees; none = those of the panel.
  std::map<std::size_t, std::vector<double>> evaluation;
  std::vector<data::TargetRecord>
      records;              // [entity] how the level was given: unit, depth or level, reference
  data::LoadedData loaded;  // everything else the reader found; its panel has moved to `panel`

  // All targets of the networks, in the order of their outputs.
  std::vector<std::size_t> targets() const {
    std::vector<std::size_t> all = others;
    all.insert(all.begin() + static_cast<std::ptrdiff_t>(number), target);
    return all;
  }
  // Targets that outliers, jumps and datum shifts are looked for in: discharge jumps by nature.
  std::vector<std::size_t> flagged_targets() const {
    std::vector<std::size_t> all = {target};
    for (const std::size_t v : others) {
      if (panel.variables[v].role == data::Role::level) all.push_back(v);
    }
    return all;
  }
  // Levels that score: from the evaluation source when the study names one.
  std::span<const double> scored_level(std::size_t entity) const { return scored(entity, target); }
  std::span<const double> scored(std::size_t entity, std::size_t variable) const {
    const auto apart = evaluation.find(variable);
    if (apart == evaluation.end()) return panel.series(entity, variable);
    return {apart->second.data() + entity * panel.time_count(), panel.time_count()};
  }
  // Every level that is known, [time]: those of the panel, elsewhere those of the evaluation source.
  std::vector<double> known_level(std::size_t entity) const { return known(entity, target); }
  std::vector<double> known(std::size_t entity, std::size_t variable) const {
    const auto seen = panel.series(entity, variable);
    std::vector<double> out(seen.begin(), seen.end());
    const auto later = scored(entity, variable);
    for (std::size_t t = 0; t < out.size(); ++t) {
      if (std::isnan(out[t])) out[t] = later[t];
    }
    return out;
  }
  std::span<const double> level(std::size_t entity) const { return panel.series(entity, target); }
  learn::StepRange training(std::size_t entity) const { return split.entities[entity].train; }
  learn::StepRange validation(std::size_t entity) const { return split.entities[entity].validation; }
  learn::StepRange test(std::size_t entity) const { return split.entities[entity].test; }
  // Training and validation together: what scalers, baselines and blocked validation may see.
  learn::StepRange calibration(std::size_t entity) const {
    const data::EntitySplit& s = split.entities[entity];
    return {s.train.begin, s.validation.empty() ? s.train.end : s.validation.end};
  }
};

}  // namespace phreatic::hydrographs
