// SPDX-License-Identifier: BSD-3-Clause
// The panel: entities (wells, gauges) x variables x a regular time axis. What was not observed is NaN and
// stays NaN until a named gap policy says otherwise (METHODS: docs/methods/data.md).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/data/role.hpp"

namespace phreatic::data {

struct Variable {
  std::string name;  // "level", "precipitation", "temperature" ...
  std::string unit;  // of core/units: "m", "mm/d", "degC" ...
  Role role = Role::other;
  bool derived = false;  // a lag, a rolling sum, a flag of gaps: its role is that of what it came from
};

// Where an entity is, as far as known. Coordinates are NaN when unknown.
struct Place {
  double longitude = 0;  // degrees east; NaN = unknown
  double latitude = 0;   // degrees north
  double elevation_m = 0;
};

// Static attributes: one number per entity and attribute (text attributes are one-hot coded by the reader).
struct Attributes {
  std::vector<std::string> names;
  std::vector<double> values;  // [entity][attribute], NaN = missing
};

struct Panel {
  core::TimeAxis axis;
  std::vector<std::string> entities;
  std::vector<Variable> variables;
  std::vector<double> values;  // [entity][variable][time]
  std::vector<Place> places;   // one per entity
  Attributes attributes;

  std::size_t entity_count() const { return entities.size(); }
  std::size_t variable_count() const { return variables.size(); }
  std::size_t time_count() const { return axis.size(); }
  std::span<double> series(std::size_t entity, std::size_t variable) {
    return {values.data() + (entity * variables.size() + variable) * axis.size(), axis.size()};
  }
  std::span<const double> series(std::size_t entity, std::size_t variable) const {
    return {values.data() + (entity * variables.size() + variable) * axis.size(), axis.size()};
  }
  std::optional<std::size_t> find_entity(const std::string& name) const;
  std::optional<std::size_t> find_variable(const std::string& name) const;
  // The first variable of this role that is not derived; for one entity: that it has a value of.
  std::optional<std::size_t> find_role(Role role) const;
  std::optional<std::size_t> find_role(Role role, std::size_t entity) const;
};

// A panel full of NaN.
Panel make_panel(const core::TimeAxis& axis, std::vector<std::string> entities,
                 std::vector<Variable> variables);

}  // namespace phreatic::data
