// SPDX-License-Identifier: BSD-3-Clause
// Snowpack by degree-days (bergstrom1992, hock2003). Per day, in mm of water:
//   snowfall share  (Tr - T) / (Tr - Ts), within 0..1          Tr, Ts: all rain above, all snow below
//   melt            min(ice, M max(T - Tm, 0))                 M: mm/degC/d
//   refreezing      min(liquid, r M max(Tm - T, 0))
//   outflow         what is liquid beyond h * ice              h: holding capacity
#pragma once

#include <algorithm>

#include "phreatic/core/settings/params.hpp"

namespace phreatic::basin {

struct SnowParams {
  double all_snow_below_degC = -1.0;
  double all_rain_above_degC = 2.0;
  double melt_from_degC = 0.0;
  double degree_day_mm = 3.0;  // mm/degC/d
  double refreezing = 0.05;
  double holding = 0.10;
};
void describe(core::Describer& d, SnowParams& p);

struct SnowState {
  double ice_mm = 0;
  double liquid_mm = 0;
  double total_mm() const { return ice_mm + liquid_mm; }
};

struct SnowFluxes {
  double melt_mm = 0;
  double refrozen_mm = 0;
  double outflow_mm = 0;  // melt and rain that leave the pack
};

inline double snowfall_share(const SnowParams& p, double temperature_degC) {
  return std::clamp(
      (p.all_rain_above_degC - temperature_degC) / (p.all_rain_above_degC - p.all_snow_below_degC), 0.0, 1.0);
}

inline SnowFluxes snow_step(const SnowParams& p, double temperature_degC, double snowfall_mm, double rain_mm,
                            SnowState& s) {
  SnowFluxes f;
  s.ice_mm += snowfall_mm;
  s.liquid_mm += rain_mm;
  if (s.ice_mm == 0) {  // bare ground: rain passes
    f.outflow_mm = s.liquid_mm;
    s.liquid_mm = 0;
    return f;
  }
  const double warm = p.degree_day_mm * (temperature_degC - p.melt_from_degC);
  f.melt_mm = std::min(s.ice_mm, std::max(warm, 0.0));
  f.refrozen_mm = std::min(s.liquid_mm, p.refreezing * std::max(-warm, 0.0));
  s.ice_mm += f.refrozen_mm - f.melt_mm;
  s.liquid_mm += f.melt_mm - f.refrozen_mm;
  f.outflow_mm = std::max(0.0, s.liquid_mm - p.holding * s.ice_mm);
  s.liquid_mm -= f.outflow_mm;
  return f;
}

}  // namespace phreatic::basin
