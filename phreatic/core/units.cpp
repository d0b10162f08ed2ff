// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/units.hpp"

namespace phreatic::core {
namespace {

const std::vector<Unit>& table() {
  constexpr double kFoot = 0.3048;
  constexpr double kInch = 0.0254;
  static const std::vector<Unit> units = {
      {"m", "m", 1, 0},
      {"cm", "m", 0.01, 0},
      {"mm", "m", 0.001, 0},
      {"km", "m", 1000, 0},
      {"ft", "m", kFoot, 0},
      {"inch", "m", kInch, 0},
      {"in", "m", kInch, 0},
      {"mm/d", "mm/d", 1, 0},
      {"mm/day", "mm/d", 1, 0},
      {"cm/d", "mm/d", 10, 0},
      {"m/d", "mm/d", 1000, 0},
      {"inch/d", "mm/d", 25.4, 0},
      {"in/d", "mm/d", 25.4, 0},
      {"mm/h", "mm/d", 24, 0},
      {"mm/week", "mm/d", 1.0 / 7.0, 0},
      {"kg/m2/s", "mm/d", 86400, 0},
      {"degC", "degC", 1, 0},
      {"C", "degC", 1, 0},
      {"degF", "degC", 5.0 / 9.0, -160.0 / 9.0},
      {"F", "degC", 5.0 / 9.0, -160.0 / 9.0},
      {"K", "degC", 1, -273.15},
      {"m3/s", "m3/s", 1, 0},
      {"m3/d", "m3/s", 1.0 / 86400.0, 0},
      {"ft3/s", "m3/s", kFoot * kFoot * kFoot, 0},
      {"cfs", "m3/s", kFoot * kFoot * kFoot, 0},
      {"l/s", "m3/s", 0.001, 0},
      {"W/m2", "W/m2", 1, 0},
      {"MJ/m2/d", "W/m2", 1e6 / 86400.0, 0},
      {"hPa", "hPa", 1, 0},
      {"Pa", "hPa", 0.01, 0},
      {"kPa", "hPa", 10, 0},
      {"%", "%", 1, 0},
      {"-", "-", 1, 0},
      {"m/s", "m/s", 1, 0},
      {"km/h", "m/s", 1.0 / 3.6, 0},
      {"mph", "m/s", 0.44704, 0},
      {"d", "d", 1, 0},
      {"h", "d", 1.0 / 24.0, 0},
  };
  return units;
}

}  // namespace

std::optional<Unit> find_unit(std::string_view name) {
  for (const Unit& unit : table()) {
    if (unit.name == name) return unit;
  }
  return std::nullopt;
}

std::vector<std::string> known_units() {
  std::vector<std::string> names;
  for (const Unit& unit : table()) names.push_back(unit.name);
  return names;
}

std::optional<Unit> conversion(std::string_view from, std::string_view to) {
  const std::optional<Unit> source = find_unit(from);
  const std::optional<Unit> target = find_unit(to);
  if (!source || !target || source->dimension != target->dimension) return std::nullopt;
  return Unit{std::string(to), source->dimension, source->factor / target->factor,
              (source->offset - target->offset) / target->factor};
}

}  // namespace phreatic::core
