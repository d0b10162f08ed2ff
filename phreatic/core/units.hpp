// SPDX-License-Identifier: BSD-3-Clause
// Unit conversion for the few dimensions that the studies use. Inside the house: m, mm/d (fluxes of water per
// area), degC, m3/s, W/m2, hPa, %, m/s. A unit that is not known is refused, never ignored.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace phreatic::core {

// value_in_base = value * factor + offset; dimension names the base unit ("m", "mm/d", "degC" ...).
struct Unit {
  std::string name;
  std::string dimension;
  double factor = 1;
  double offset = 0;
};

// `name` of the result is the base spelling ("mm" for "0.1 mm" and "millimetres"). A multiple may stand
// before a unit, with a blank: "0.1 mm". Known spellings, e.g. "ft", "m", "cm", "mm", "inch", "mm/d", "m/d", "inch/d", "mm/week", "degC", "degF",
// "K", "m3/s", "ft3/s", "m3/d", "W/m2", "hPa", "%", "-", "m/s", "mph".
std::optional<Unit> find_unit(std::string_view name);
std::vector<std::string> known_units();

// Linear map from one unit to another of the same dimension; nothing when either is unknown or dimensions
// differ.
std::optional<Unit> conversion(std::string_view from, std::string_view to);

}  // namespace phreatic::core
