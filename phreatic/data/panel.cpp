// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/panel.hpp"

#include <algorithm>
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
