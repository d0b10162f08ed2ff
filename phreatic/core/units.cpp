// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/units.hpp"

#include <charconv>
#include <cmath>
#include <utility>

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
      {"l/min", "m3/s", 0.001 / 60.0, 0},
      {"m3/h", "m3/s", 1.0 / 3600.0, 0},
      {"W/m2", "W/m2", 1, 0},
      {"MJ/m2/d", "W/m2", 1e6 / 86400.0, 0},
      {"J/cm2/d", "W/m2", 1e4 / 86400.0, 0},
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

namespace {

// Other spellings, after spaces, '_' and marks of powers are gone and letters are lower case.
const std::vector<std::pair<std::string_view, std::string_view>>& spellings() {
  static const std::vector<std::pair<std::string_view, std::string_view>> list = {
      {"meter", "m"},
      {"meters", "m"},
      {"metre", "m"},
      {"metres", "m"},
      {"mtr", "m"},
      {"centimeter", "cm"},
      {"centimeters", "cm"},
      {"centimetre", "cm"},
      {"millimeter", "mm"},
      {"millimeters", "mm"},
      {"millimetre", "mm"},
      {"millimetres", "mm"},
      {"ft", "ft"},
      {"cm", "cm"},
      {"mm", "mm"},
      {"feet", "ft"},
      {"foot", "ft"},
      {"inches", "inch"},
      {"mm/day", "mm/d"},
      {"mmd-1", "mm/d"},
      {"mmday-1", "mm/d"},
      {"mm/24h", "mm/d"},
      {"mm/hr", "mm/h"},
      {"mm/hour", "mm/h"},
      {"mmh-1", "mm/h"},
      {"mm/week", "mm/week"},
      {"md-1", "m/d"},
      {"m/day", "m/d"},
      {"inches/day", "inch/d"},
      {"in/day", "in/d"},
      {"kgm-2s-1", "kg/m2/s"},
      {"kg/m2/s", "kg/m2/s"},
      {"degc", "degC"},
      {"\u00b0c", "degC"},
      {"celsius", "degC"},
      {"degreecelsius", "degC"},
      {"degreescelsius", "degC"},
      {"degcelsius", "degC"},
      {"degreesc", "degC"},
      {"\u00b0f", "degF"},
      {"degf", "degF"},
      {"fahrenheit", "degF"},
      {"kelvin", "K"},
      {"k", "K"},
      {"m3s-1", "m3/s"},
      {"m3/sec", "m3/s"},
      {"cms", "m3/s"},
      {"m3/s", "m3/s"},
      {"m3/d", "m3/d"},
      {"m3/h", "m3/h"},
      {"m3/day", "m3/d"},
      {"m3d-1", "m3/d"},
      {"ft3/sec", "ft3/s"},
      {"l/sec", "l/s"},
      {"wm-2", "W/m2"},
      {"w/m2", "W/m2"},
      {"mjm-2d-1", "MJ/m2/d"},
      {"mj/m2/d", "MJ/m2/d"},
      {"mj/m2/day", "MJ/m2/d"},
      {"j/cm2/d", "J/cm2/d"},
      {"j/cm2", "J/cm2/d"},
      {"hpa", "hPa"},
      {"mbar", "hPa"},
      {"kpa", "kPa"},
      {"pa", "Pa"},
      {"percent", "%"},
      {"ms-1", "m/s"},
      {"kmh-1", "km/h"},
      {"1", "-"},
  };
  return list;
}

std::string plain_spelling(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto part = [&](std::string_view text) { return name.substr(i, text.size()) == text; };
    if (part("\u00b2") || part("\u00b3")) {  // superscripts
      out += part("\u00b2") ? '2' : '3';
      ++i;
    } else if (name[i] == '*' && i + 1 < name.size() && name[i + 1] == '*') {
      ++i;
    } else if (name[i] != ' ' && name[i] != '_' && name[i] != '^' && name[i] != '.') {
      out += static_cast<char>(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
    }
  }
  return out;
}

std::optional<Unit> find_plain(std::string_view name) {
  for (const Unit& unit : table()) {
    if (unit.name == name) return unit;
  }
  const std::string plain = plain_spelling(name);
  for (const auto& [spelling, of] : spellings()) {
    if (spelling == plain) return find_plain(of);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Unit> find_unit(std::string_view name) {
  if (auto unit = find_plain(name)) return unit;
  double multiple = 1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), multiple);
  if (error != std::errc() || end == name.data() + name.size() || !std::isfinite(multiple) || multiple <= 0)
    return std::nullopt;
  const auto rest = static_cast<std::size_t>(end - name.data());
  auto unit = find_plain(name.substr(rest + (*end == ' ' ? 1 : 0)));
  if (unit) unit->factor *= multiple;
  return unit;
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
