// SPDX-License-Identifier: BSD-3-Clause
// The architectures of the house, a line each.
#include <algorithm>
#include <array>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/architectures/architecture.hpp"
#include "phreatic/learn/architectures/nhits/nhits.hpp"
#include "phreatic/learn/architectures/recurrent/recurrent.hpp"
#include "phreatic/learn/architectures/tft/tft.hpp"

namespace phreatic::learn {

ArchitectureTable architectures() {
  static const std::array<ArchitectureKind, 3> table = {
      {{"recurrent", make_recurrent}, {"tft", make_tft}, {"nhits", make_nhits}}};
  return table;
}

std::vector<std::string> names_of(ArchitectureTable table) {
  std::vector<std::string> names;
  for (const ArchitectureKind& kind : table) names.push_back(kind.name);
  return names;
}

InputShape input_shape(const LearnParams& params, const SeriesSet& set) {
  InputShape shape;
  shape.features = set.features.size();
  shape.past_features = set.past_features.size();
  shape.statics = set.statics.size();
  for (const Target& target : set.targets)
    shape.outputs.push_back(loss_of(params, target).outputs_per_target());
  shape.steps = params.window.length();
  shape.scored = params.window.scored();
  return shape;
}

NetworkPlan plan_network(const LearnParams& params, const SeriesSet& set, ArchitectureTable table) {
  const auto kind = std::find_if(table.begin(), table.end(), [&](const ArchitectureKind& k) {
    return k.name == params.model.architecture;
  });
  PHREATIC_ASSERT(kind != table.end());
  ModelParams model = params.model;
  model.initial_forget_bias = forget_bias(params);
  return {model, input_shape(params, set), &*kind};
}

}  // namespace phreatic::learn
