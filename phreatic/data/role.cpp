// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/role.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace phreatic::data {
namespace {

struct Entry {
  Role role;
  std::string_view text;
  std::vector<std::string_view> names;
};

// Names of three letters and more may be followed by further words; shorter ones stand alone.
const std::vector<Entry>& table() {
  static const std::vector<Entry> entries = {
      {Role::other, "other", {}},
      {Role::precipitation,
       "precipitation",
       {"precipitation",
        "total_precipitation",
        "precip",
        "prec",
        "prcp",
        "prc",
        "ppt",
        "pr",
        "p",
        "rain",
        "rainfall",
        "rr",
        "rsk",
        "rs",
        "tp",
        "niederschlag",
        "neerslag",
        "precipitacion",
        "pluie",
        "regen",
        "lluvia",
        "pluviometrie"}},
      {Role::temperature,
       "temperature",
       {"temperature",
        "air_temperature",
        "mean_temperature",
        "temp",
        "t",
        "t2m",
        "2m_temperature",
        "tas",
        "tg",
        "tm",
        "tmk",
        "tmean",
        "tavg",
        "tmax",
        "tmin",
        "tx",
        "tn",
        "lufttemperatur",
        "temperatur",
        "temperatuur"}},
      {Role::evaporation_demand,
       "evaporation_demand",
       {"evaporation_demand",
        "et_demand",
        "pet",
        "pe",
        "et",
        "et0",
        "eto",
        "etp",
        "etref",
        "et_ref",
        "ep",
        "ev24",
        "evap",
        "evaporation",
        "evapotranspiration",
        "potential_evaporation",
        "potential_evapotranspiration",
        "reference_evapotranspiration",
        "verdunstung",
        "verdamping"}},
      {Role::pumping,
       "pumping",
       {"pumping", "pumpage", "pump", "abstraction", "extraction", "withdrawal", "withdrawals",
        "groundwater_abstraction", "groundwater_extraction", "wells_pumping", "entnahme", "onttrekking"}},
      {Role::stage,
       "stage",
       {"stage", "river_stage", "river_level", "river", "lake_level", "lake_stage", "water_stage",
        "surface_water_level", "canal_level", "canal_stage", "gage_height", "gauge_height", "tide", "pegel"}},
      {Role::discharge,
       "discharge",
       {"discharge", "streamflow", "stream_flow", "river_flow", "river_discharge", "flow", "abfluss", "debit",
        "afvoer"}},
      {Role::level,
       "level",
       {"level", "groundwater_level", "head", "heads", "gwl", "depth_to_water", "grundwasserstand"}},
      {Role::radiation,
       "radiation",
       {"radiation", "solar_radiation", "global_radiation", "shortwave_radiation", "srad", "rad", "rsds",
        "ssrd", "strahlung"}},
      {Role::humidity, "humidity", {"humidity", "relative_humidity", "rh", "hu", "hurs", "luftfeuchte"}},
      {Role::wind, "wind", {"wind", "wind_speed", "windspeed", "u2", "ws", "sfcwind"}},
      {Role::snow,
       "snow",
       {"snow", "snowfall", "snow_depth", "swe", "snow_water_equivalent", "snowmelt", "snow_melt", "schnee"}},
  };
  return entries;
}

// Lower case, one '_' between words.
std::string normalised(std::string_view name) {
  std::string out;
  for (const char ch : name) {
    const auto c = static_cast<unsigned char>(ch);
    if (ch == ' ' || ch == '_' || ch == '-' || ch == '.') {
      if (!out.empty() && out.back() != '_') out += '_';
    } else {
      out += static_cast<char>(std::tolower(c));
    }
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  return out;
}

std::optional<Role> exact(std::string_view name) {
  for (const Entry& entry : table()) {
    if (std::find(entry.names.begin(), entry.names.end(), name) != entry.names.end()) return entry.role;
  }
  return std::nullopt;
}

}  // namespace

const std::vector<Role>& all_roles() {
  static const std::vector<Role> roles = [] {
    std::vector<Role> out;
    for (const Entry& entry : table()) out.push_back(entry.role);
    return out;
  }();
  return roles;
}

std::string to_text(Role role) {
  for (const Entry& entry : table()) {
    if (entry.role == role) return std::string(entry.text);
  }
  return "other";
}

std::optional<Role> parse_role(std::string_view text) {
  for (const Entry& entry : table()) {
    if (entry.text == text) return entry.role;
  }
  return std::nullopt;
}

std::optional<Role> role_of_name(std::string_view name) {
  constexpr std::size_t kShortest = 3;  // letters of a name that may be followed by more words
  const std::string text = normalised(name);
  if (const auto found = exact(text)) return found;
  for (std::size_t at = text.rfind('_'); at != std::string::npos && at >= kShortest;
       at = text.rfind('_', at - 1)) {
    if (const auto found = exact(std::string_view(text).substr(0, at))) return found;
  }
  return std::nullopt;
}

std::vector<std::string> names_of_role(Role role) {
  std::vector<std::string> out;
  for (const Entry& entry : table()) {
    if (entry.role == role) out.assign(entry.names.begin(), entry.names.end());
  }
  return out;
}

}  // namespace phreatic::data
