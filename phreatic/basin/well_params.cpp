// SPDX-License-Identifier: BSD-3-Clause
// What each parameter of a virtual well means: names, units, ranges.
#include "phreatic/basin/well.hpp"

namespace phreatic::basin {

void describe(core::Describer& d, SnowParams& p) {
  d.field(
      "all_snow_below", p.all_snow_below_degC,
      {.help = "Temperature below which all precipitation is snow", .unit = "degC", .min = -10, .max = 5});
  d.field(
      "all_rain_above", p.all_rain_above_degC,
      {.help = "Temperature above which all precipitation is rain", .unit = "degC", .min = -5, .max = 10});
  d.field("melt_from", p.melt_from_degC,
          {.help = "Temperature from which snow melts", .unit = "degC", .min = -5, .max = 5});
  d.field("degree_day", p.degree_day_mm,
          {.help = "Melt per degree and day", .unit = "mm/degC/d", .min = 0, .max = 20});
  d.field("refreezing", p.refreezing,
          {.help = "Refreezing per degree as a share of melt", .min = 0, .max = 1});
  d.field("holding", p.holding,
          {.help = "Liquid water that snow holds, as a share of its ice", .min = 0, .max = 0.5});
}

void describe(core::Describer& d, FrostParams& p) {
  d.field("conductivity_frozen", p.conductivity_frozen_w_m_k,
          {.help = "Heat conductivity of frozen soil", .unit = "W/m/K", .min = 0.1, .max = 5});
  d.field("conductivity_thawed", p.conductivity_thawed_w_m_k,
          {.help = "Heat conductivity of thawed soil", .unit = "W/m/K", .min = 0.1, .max = 5});
  d.field("water_content", p.water_content,
          {.help = "Volumetric water content of the freezing soil", .min = 0.02, .max = 0.7});
  d.field("snow_damping", p.snow_damping_mm,
          {.help = "Snow water that damps the frost index to 1/e", .unit = "mm", .min = 1});
  d.field("ground_heat", p.ground_heat_w_m2,
          {.help = "Heat that melts the frost from below", .unit = "W/m2", .min = 0, .max = 20});
  d.field("closed_depth", p.closed_depth_m,
          {.help = "Thickness of frost that closes the ground", .unit = "m", .min = 0.05, .max = 10});
  d.field("open_floor", p.open_floor,
          {.help = "Infiltration factor that frozen ground keeps", .min = 0.001, .max = 1});
  d.field("flux", p.flux_mm_per_day,
          {.help = "Largest flux from the water table into the frost", .unit = "mm/d", .min = 0, .max = 10});
  d.field("flux_length", p.flux_length_m,
          {.help = "Distance to the water table over which that flux falls to 1/e",
           .unit = "m",
           .min = 0.01,
           .max = 10});
}

void describe(core::Describer& d, SoilParams& p) {
  d.field("interception", p.interception_mm,
          {.help = "Rain that the canopy holds", .unit = "mm", .min = 0, .max = 10});
  d.field("root_depth", p.root_depth_m,
          {.help = "Depth of the root zone", .unit = "m", .min = 0.05, .max = 5});
  d.field("saturated", p.saturated, {.help = "Water content at saturation", .min = 0.1, .max = 0.8});
  d.field("field_capacity", p.field_capacity,
          {.help = "Water content at field capacity", .min = 0.02, .max = 0.7});
  d.field("wilting_point", p.wilting_point,
          {.help = "Water content at the wilting point", .min = 0.005, .max = 0.5});
  d.field("conductivity", p.conductivity_mm_per_day,
          {.help = "Saturated hydraulic conductivity of the soil", .unit = "mm/d", .min = 0.1, .max = 1e5});
  d.field("air_entry", p.air_entry_m,
          {.help = "Brooks-Corey air entry suction", .unit = "m", .min = 0.005, .max = 3});
  d.field("pore_index", p.pore_index, {.help = "Brooks-Corey pore size index", .min = 0.1, .max = 3});
  d.field("infiltration", p.infiltration_mm_per_day,
          {.help = "Mean infiltration capacity of unfrozen ground", .unit = "mm/d", .min = 1, .max = 1e5});
  d.field("bypass", p.bypass, {.help = "Share of infiltration that goes past the roots", .min = 0, .max = 1});
  d.field("crop_factor", p.crop_factor,
          {.help = "Evaporation demand over reference evapotranspiration", .min = 0, .max = 2});
  d.field("feddes_dry", p.feddes_dry,
          {.help = "Share of available water below which uptake falls", .min = 0.01, .max = 1});
  d.field("feddes_wet", p.feddes_wet,
          {.help = "Share of saturation above which uptake falls", .min = 0.1, .max = 0.999});
  d.field("capillary_max", p.capillary_max_mm_per_day,
          {.help = "Largest capillary rise", .unit = "mm/d", .min = 0, .max = 20});
  d.field("extinction_depth", p.extinction_depth_m,
          {.help = "Depth from which the water table itself no longer evaporates; 0 = never does",
           .unit = "m",
           .min = 0,
           .max = 10});
  d.field("transit", p.transit_days,
          {.help = "Mean time from the roots to the water table", .unit = "d", .min = 0.1, .max = 1000});
}

void describe(core::Describer& d, AquiferParams& p) {
  d.field("surface", p.surface_m, {.help = "Elevation of the ground", .unit = "m"});
  d.field("drainage_depth", p.drainage_depth_m,
          {.help = "Depth of the drainage level", .unit = "m", .min = 0.05, .max = 100});
  d.field("response", p.response_days,
          {.help = "Response time of the reservoir", .unit = "d", .min = 0.5, .max = 10000});
  d.field("specific_yield", p.specific_yield,
          {.help = "Specific yield of a deep water table", .min = 0.005, .max = 0.5});
  d.field("shallow_share", p.shallow_share,
          {.help = "Share of it that is left at the surface", .min = 0.01, .max = 1});
  d.field("shallow_length", p.shallow_length_m,
          {.help = "Depth over which it recovers", .unit = "m", .min = 0, .max = 10});
  d.field("pumping_return", p.pumping_return,
          {.help = "Share of pumped water that comes back onto the field", .min = 0, .max = 1});
}

void describe(core::Describer& d, WellParams& p) {
  d.section("snow", p.snow, "Snowpack");
  d.section("frost", p.frost, "Soil frost");
  d.section("soil", p.soil, "Root zone and unsaturated zone");
  d.section("aquifer", p.aquifer, "Aquifer");
}

}  // namespace phreatic::basin
