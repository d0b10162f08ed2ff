// SPDX-License-Identifier: BSD-3-Clause
// Root zone, one bucket over the root depth, and the unsaturated zone below, one linear store.
// Per day, in mm:
//   interception   rain fills the canopy store, which evaporates first
//   infiltration   c (1 - exp(-P / c)), c = capacity * frost factor: daily rain over exponentially
//                  distributed capacities of the ground (moore1985); the rest runs off
//   bypass         a share of it goes past the roots (macropores)
//   percolation    Brooks-Corey gravity drainage of the bucket, dW/dt = -K s^n, s = (W - Wwp) / (Wsat - Wwp),
//                  n = 3 + 2 / lambda (brooks1964), integrated exactly over the day
//   evaporation    crop factor * demand * Feddes factor: 0 at the wilting point, 1 from a share of the
//                  available water on, 0 again at saturation (feddes1978)
//   capillary rise min(qmax, B K (hb / z)^(2 + 3 lambda)) * dryness, z from the water table to the roots,
//                  B = 1 + 1.5 / (1 + 3 lambda) (eagleson1978)
//   from the table deep-rooted plants take demand * share * (1 - d / extinction depth) at depth d (the linear
//                  law of MODFLOW's EVT, mcdonald1988); the root zone gets the rest of the demand
#pragma once

#include <algorithm>
#include <cmath>

#include "phreatic/core/settings/params.hpp"

namespace phreatic::basin {

struct SoilParams {
  double interception_mm = 1.0;
  double root_depth_m = 0.8;
  double saturated = 0.42;  // volumetric water contents
  double field_capacity = 0.28;
  double wilting_point = 0.12;
  double conductivity_mm_per_day = 300.0;  // K
  double air_entry_m = 0.25;               // hb
  double pore_index = 0.35;                // lambda
  double infiltration_mm_per_day = 80.0;   // capacity of the unfrozen ground
  double bypass = 0.15;
  double crop_factor = 0.8;
  double feddes_dry = 0.4;   // share of available water below which uptake falls
  double feddes_wet = 0.95;  // share of saturation above which it falls
  double capillary_max_mm_per_day = 4.0;
  double deep_roots = 0.0;          // share of the demand put on the water table when it is at the surface
  double extinction_depth_m = 3.0;  // depth from which it no longer evaporates
  double transit_days = 15.0;       // of the store between the roots and the water table
};
void describe(core::Describer& d, SoilParams& p);

// What is computed once per well.
struct SoilConstants {
  explicit SoilConstants(const SoilParams& p);
  double wilting_mm, field_mm, saturated_mm;
  double exponent;          // n
  double drain_rate;        // (n - 1) K / (Wsat - Wwp), 1/d
  double least_drained;     // s at which K s^n = 1e-5 mm/d; drier soil does not drain
  double recharge_share;    // 1 - exp(-1 / transit)
  double suction_exponent;  // 2 + 3 lambda
  double rise_factor;       // B
  double highest_rise_m;    // height above the table at which K (hb / z)^(2 + 3 lambda) = 1e-4 mm/d; 0 above
};

inline double feddes_factor(const SoilParams& p, const SoilConstants& c, double root_mm) {
  const double dry = (root_mm - c.wilting_mm) / (p.feddes_dry * (c.field_mm - c.wilting_mm));
  const double wet = (c.saturated_mm - root_mm) / ((1.0 - p.feddes_wet) * c.saturated_mm);
  return std::clamp(std::min(dry, wet), 0.0, 1.0);
}

// Water that drains from the bucket in one day when K is multiplied by `factor`.
inline double percolation_mm(const SoilConstants& c, double root_mm, double factor) {
  const double range = c.saturated_mm - c.wilting_mm;
  const double s = (root_mm - c.wilting_mm) / range;
  if (s < c.least_drained) return 0;
  const double a = 1.0 - c.exponent;
  const double s_end = std::pow(std::pow(s, a) + c.drain_rate * factor, 1.0 / a);
  return (s - s_end) * range;
}

// K at a height z above the water table in a profile at rest: K (hb / z)^(2 + 3 lambda), K within hb, 0 where
// that is below 1e-4 mm/d.
inline double conductivity_above_table(const SoilParams& p, const SoilConstants& c, double height_m) {
  if (height_m <= p.air_entry_m) return p.conductivity_mm_per_day;
  if (height_m > c.highest_rise_m) return 0;
  return p.conductivity_mm_per_day * std::pow(p.air_entry_m / height_m, c.suction_exponent);
}

// Share of the drainable pores at the ground that are empty when the water table rests at depth d: 1 - (hb / d)^lambda,
// 0 within hb. Times the specific yield of a deep table it is that of one at d.
inline double drained_share(const SoilParams& p, double depth_m) {
  if (std::isnan(depth_m)) return depth_m;
  return depth_m <= p.air_entry_m ? 0.0 : 1 - std::pow(p.air_entry_m / depth_m, p.pore_index);
}

}  // namespace phreatic::basin
