// SPDX-License-Identifier: BSD-3-Clause
// What a variable is to an aquifer: rain, evaporative demand, pumping, the stage of a river ... A role is
// declared in the study file (`role:`) or told once, when files are read, by the variable's name (the table
// of names: docs/guide/input.md). Whatever depends on what a variable is asks Variable::role, never a name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace phreatic::data {

enum class Role {
  other,
  precipitation,
  temperature,         // of the air
  evaporation_demand,  // potential or reference evapotranspiration
  pumping,
  stage,  // of a river, lake or canal
  discharge,
  level,  // of groundwater
  radiation,
  humidity,
  wind,
  snow,
};

const std::vector<Role>& all_roles();
std::string to_text(Role role);  // "evaporation_demand", as in the study file
std::optional<Role> parse_role(std::string_view text);

// The role that a name tells, in any case and with any of space, '_', '-', '.' between words: a name of the
// table, or one whose first words are one ("precipitation_north", "river stage Elbe"). Nothing for all
// others.
std::optional<Role> role_of_name(std::string_view name);

// The names of the table for a role, for messages and docs.
std::vector<std::string> names_of_role(Role role);

}  // namespace phreatic::data
