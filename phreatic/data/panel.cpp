// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/panel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace phreatic::data {

std::optional<std::size_t> Panel::find_entity(const std::string& name) const {
  const auto found = std::find(entities.begin(), entities.end(), name);
  if (found == entities.end()) return std::nullopt;
  return static_cast<std::size_t>(found - entities.begin());
}

std::optional<std::size_t> Panel::find_variable(const std::string& name) const {
  const auto found =
      std::find_if(variables.begin(), variables.end(), [&](const Variable& v) { return v.name == name; });
  if (found == variables.end()) return std::nullopt;
  return static_cast<std::size_t>(found - variables.begin());
}

std::optional<std::size_t> Panel::find_role(Role role) const {
  for (std::size_t v = 0; v < variables.size(); ++v) {
    if (variables[v].role == role && !variables[v].derived) return v;
  }
  return std::nullopt;
}

std::optional<std::size_t> Panel::find_role(Role role, std::size_t entity) const {
  for (std::size_t v = 0; v < variables.size(); ++v) {
    if (variables[v].role != role || variables[v].derived) continue;
    const auto record = series(entity, v);
    if (std::any_of(record.begin(), record.end(), [](double x) { return !std::isnan(x); })) return v;
  }
  return std::nullopt;
}

Panel make_panel(const core::TimeAxis& axis, std::vector<std::string> entities,
                 std::vector<Variable> variables) {
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  Panel panel;
  panel.axis = axis;
  panel.values.assign(entities.size() * variables.size() * axis.size(), kMissing);
  panel.places.assign(entities.size(), Place{kMissing, kMissing, kMissing});
  panel.entities = std::move(entities);
  panel.variables = std::move(variables);
  return panel;
}

}  // namespace phreatic::data
