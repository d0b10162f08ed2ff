// SPDX-License-Identifier: BSD-3-Clause
// Seasonal soil frost. The front sinks as in Stefan's solution, Z = sqrt(2 k F / (L theta)), F the frost
// index (sum of degrees below zero, damped by the snow: exp(-swe / s)), stepped as Z^2 += 2 k dF / (L theta).
// In thaw a second front follows from the surface by the same law with the thawed soil's k, and the heat q of
// the ground melts the frost from below. When both fronts meet the frost is gone.
//   infiltration factor   1 - thickness / Zmax, not below a floor
//   upward flux           while the front sinks, water is drawn from the water table at depth d and
//                         frozen in: min(K(d - Z), q0 exp(-(d - Z) / lambda), theta dZ); the last says that
//                         no more can be drawn than the heat loss freezes, and keeps the flux continuous
//                         at 0 degC
//   release               frozen-in water leaves in proportion to the thinning of the frozen layer
// Sources: stefan1891, jumikis1977 (two-sided thaw), ireson2013 (exchange with groundwater).
#pragma once

#include <algorithm>
#include <cmath>

#include "phreatic/core/settings/params.hpp"

namespace phreatic::basin {

struct FrostParams {
  double conductivity_frozen_w_m_k = 1.7;
  double conductivity_thawed_w_m_k = 1.2;
  double water_content = 0.32;    // theta, of the freezing soil
  double snow_damping_mm = 40.0;  // s: snow water that damps the frost index to 1/e
  double ground_heat_w_m2 = 2.0;  // q
  double closed_depth_m = 1.4;    // Zmax: thickness at which infiltration reaches its floor
  double open_floor = 0.10;       // least infiltration factor
  double flux_mm_per_day = 1.0;   // q0
  double flux_length_m = 0.8;     // lambda
};
void describe(core::Describer& d, FrostParams& p);

inline constexpr double kLatentHeatJM3 = 3.337e8;  // of freezing, per m3 of water
inline constexpr double kSecondsADay = 86400.0;

// Stefan's depth (m) for a frost index in degC d.
inline double stefan_depth_m(double conductivity_w_m_k, double frost_index_degC_d, double water_content) {
  return std::sqrt(2.0 * conductivity_w_m_k * kSecondsADay * frost_index_degC_d /
                   (kLatentHeatJM3 * water_content));
}

struct FrostState {
  double bottom_m = 0;  // Z; 0 = no frost
  double top_m = 0;     // front of thaw from the surface
  double ice_mm = 0;    // water drawn up and frozen in
  double thickness_m() const { return bottom_m - top_m; }
};

struct FrostChange {
  double sunk_m = 0;          // by how far the lower front sank today
  double released_share = 0;  // of the ice held this morning
};

inline double infiltration_factor(const FrostParams& p, const FrostState& s) {
  return std::max(p.open_floor, 1.0 - s.thickness_m() / p.closed_depth_m);
}

// One day of the fronts; the ice is left to the caller, who knows the water table.
inline FrostChange frost_step(const FrostParams& p, double temperature_degC, double snow_mm,
                              double snow_cover, FrostState& s) {
  FrostChange change;
  const double before = s.thickness_m();
  if (temperature_degC >= 0 && before == 0) return change;
  const double latent = kLatentHeatJM3 * p.water_content;
  const double old_bottom = s.bottom_m;
  if (temperature_degC < 0) {
    double area = -2.0 * p.conductivity_frozen_w_m_k * kSecondsADay * temperature_degC *
                  std::exp(-snow_mm / p.snow_damping_mm) / latent;
    const double thawed = s.top_m * s.top_m;
    const double back = std::min(area, thawed);  // first the thawed top freezes again
    s.top_m = std::sqrt(thawed - back);
    area -= back;
    s.bottom_m = std::sqrt(s.bottom_m * s.bottom_m + area);
  } else {
    const double area =
        2.0 * p.conductivity_thawed_w_m_k * kSecondsADay * temperature_degC * (1.0 - snow_cover) / latent;
    s.top_m = std::sqrt(s.top_m * s.top_m + area);
  }
  s.bottom_m -= p.ground_heat_w_m2 * kSecondsADay / latent;
  if (s.top_m >= s.bottom_m) s.top_m = s.bottom_m = 0;
  change.sunk_m = std::max(0.0, s.bottom_m - old_bottom);
  if (before > 0) change.released_share = std::max(0.0, 1.0 - s.thickness_m() / before);
  return change;
}

// Water (mm) drawn from the water table at depth d into the front that sank by `sunk_m` today; K(d - Z) is
// the soil's unsaturated conductivity at that height above the water table.
inline double frost_upward_flux_mm(const FrostParams& p, const FrostState& s, double sunk_m,
                                   double water_depth_m, double conductivity_mm_per_day) {
  const double height = std::max(0.0, water_depth_m - s.bottom_m);
  const double by_distance = p.flux_mm_per_day * std::exp(-height / p.flux_length_m);
  return std::min({conductivity_mm_per_day, by_distance, 1000.0 * p.water_content * sunk_m});
}

}  // namespace phreatic::basin
