// SPDX-License-Identifier: BSD-3-Clause
// One day of the column above the water table: canopy, snow, frost, root zone, unsaturated zone. The wells
// (well.cpp) and the cells of the groundwater basin (groundwater/coupled.cpp) share it; what lies below gets
// the exchange and nothing else.
#pragma once

#include <algorithm>
#include <cmath>

#include "phreatic/basin/well.hpp"

namespace phreatic::basin {

// Canopy, snow and frost: what reaches the ground, and the demand that is left for the soil.
struct SurfaceDay {
  double ground_mm = 0;
  double demand_mm = 0;
  double draw_mm = 0;     // from the water table into the frost
  double release_mm = 0;  // from the frost
  double open = 1;        // infiltration factor of the frost
};

inline SurfaceDay surface_day(const WellParams& p, const SoilConstants& c, double rain_and_snow,
                              double temperature, double pet, double water_depth, WellState& s,
                              WellFluxes& f) {
  SurfaceDay out;
  f.snowfall = rain_and_snow * snowfall_share(p.snow, temperature);
  const double rain = rain_and_snow - f.snowfall;
  const double caught = std::min(rain, p.soil.interception_mm - s.canopy_mm);
  s.canopy_mm += caught;
  f.evaporation_canopy = std::min(s.canopy_mm, pet);
  s.canopy_mm -= f.evaporation_canopy;
  f.snow_outflow = snow_step(p.snow, temperature, f.snowfall, rain - caught, s.snow).outflow_mm;

  constexpr double kCoverMm = 8.0;  // snow water at which half of the ground is covered
  const double cover = s.snow.ice_mm / (s.snow.ice_mm + kCoverMm);
  const double left = pet - f.evaporation_canopy;
  f.evaporation_snow = std::min(s.snow.ice_mm, cover * left);
  s.snow.ice_mm -= f.evaporation_snow;
  out.demand_mm = p.soil.crop_factor * (1.0 - cover) * left;
  out.ground_mm = f.snow_outflow;

  const FrostChange frost = frost_step(p.frost, temperature, s.snow.total_mm(), cover, s.frost);
  out.open = infiltration_factor(p.frost, s.frost);
  out.release_mm = frost.released_share * s.frost.ice_mm;
  if (frost.sunk_m > 0) {
    const double height = std::max(0.0, water_depth - s.frost.bottom_m);
    out.draw_mm = frost_upward_flux_mm(p.frost, s.frost, frost.sunk_m, water_depth,
                                       conductivity_above_table(p.soil, c, height));
  }
  s.frost.ice_mm += out.draw_mm - out.release_mm;
  return out;
}

// The root zone under what reaches the ground and the demand that is put on it.
inline void root_day(const SoilParams& p, const SoilConstants& c, double ground, double demand, double open,
                     double water_depth, WellState& s, WellFluxes& f) {
  const double capacity = p.infiltration_mm_per_day * open;
  f.infiltration = ground > 0 ? -capacity * std::expm1(-ground / capacity) : 0.0;
  f.runoff_infiltration = ground - f.infiltration;
  const double bypass = p.bypass * f.infiltration;
  s.root_mm += f.infiltration - bypass;
  f.runoff_saturation = std::max(0.0, s.root_mm - c.saturated_mm);
  s.root_mm -= f.runoff_saturation;
  const double drained = percolation_mm(c, s.root_mm, open);
  s.root_mm -= drained;
  f.percolation = drained + bypass;
  const double available = std::max(0.0, s.root_mm - c.wilting_mm);
  f.evaporation_soil = std::min(available, demand * feddes_factor(p, c, s.root_mm));
  s.root_mm -= f.evaporation_soil;
  const double dryness = std::clamp((c.field_mm - s.root_mm) / (c.field_mm - c.wilting_mm), 0.0, 1.0);
  if (dryness > 0) {
    const double height = std::max(0.0, water_depth - p.root_depth_m);
    const double supply =
        std::min(p.capillary_max_mm_per_day, c.rise_factor * conductivity_above_table(p, c, height));
    f.capillary_rise = std::min(supply * dryness * open, c.field_mm - s.root_mm);
    s.root_mm += f.capillary_rise;
  }
}

// One day of the column above a water table at depth `water_depth` (m) in the morning; `returned` is
// irrigation water that comes back onto the field (mm). Returns the exchange with the water table in mm,
// positive down: recharge - capillary rise - uptake from the table - draw of the frost. Leaves s.deficit_mm
// alone.
inline double column_day(const WellParams& p, const SoilConstants& c, double precipitation_mm,
                         double temperature_degC, double pet_mm, double returned, double water_depth,
                         WellState& s, WellFluxes& f) {
  const SurfaceDay day = surface_day(p, c, precipitation_mm, temperature_degC, pet_mm, water_depth, s, f);
  if (water_depth < p.soil.extinction_depth_m) {
    f.evaporation_table = p.soil.deep_roots * (1.0 - water_depth / p.soil.extinction_depth_m) * day.demand_mm;
  }
  root_day(p.soil, c, day.ground_mm + returned, day.demand_mm - f.evaporation_table, day.open, water_depth, s,
           f);
  f.frost_draw = day.draw_mm;
  f.frost_release = day.release_mm;
  s.transit_mm += f.percolation + f.frost_release;
  f.recharge = c.recharge_share * s.transit_mm;
  s.transit_mm -= f.recharge;
  return f.recharge - f.capillary_rise - f.evaporation_table - f.frost_draw;
}

}  // namespace phreatic::basin
