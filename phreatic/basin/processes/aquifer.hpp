// SPDX-License-Identifier: BSD-3-Clause
// The aquifer at a well: one linear reservoir that exchanges water with a fixed drainage level.
//   Sy(d) dh/dt = r - C (h - hb),   C = Sy / T       h = surface - d, hb the drainage level, T response time
// Sy(d) depends on the depth d of the water table, because near the surface the soil above it is nearly full
// (duke1972): Sy(d) = Sy (e + (1 - e) d / sqrt(d^2 + l^2)), a smooth form whose integral, the water missing
// to the surface D(d) = Sy (e d + (1 - e)(sqrt(d^2 + l^2) - l)), has a closed inverse. The day is stepped by
// the exact exponential with Sy(d) of its morning; storage is D, so that water is kept whatever Sy does. With
// e = 1 or l = 0 recession is exactly exp(-t / T).
#pragma once

#include <cmath>

#include "phreatic/core/settings/params.hpp"

namespace phreatic::basin {

struct AquiferParams {
  double surface_m = 140.0;       // elevation of the ground
  double drainage_depth_m = 3.0;  // depth of the drainage level below ground
  double response_days = 70.0;    // T
  double specific_yield = 0.12;   // Sy, of a deep water table
  double shallow_share = 0.35;    // e: share of Sy that is left at the surface
  double shallow_length_m = 0.8;  // l
  double pumping_return = 0.15;   // share of pumped water that comes back onto the field
};
void describe(core::Describer& d, AquiferParams& p);

// Water (mm) missing to the surface when the water table is at depth d >= 0.
inline double deficit_mm(const AquiferParams& p, double depth_m) {
  const double l = p.shallow_length_m;
  return 1000.0 * p.specific_yield *
         (p.shallow_share * depth_m + (1.0 - p.shallow_share) * (std::sqrt(depth_m * depth_m + l * l) - l));
}

inline double depth_m(const AquiferParams& p, double deficit) {
  const double y = deficit / (1000.0 * p.specific_yield);
  const double l = p.shallow_length_m;
  const double e = p.shallow_share;
  const double f = 1.0 - e;
  if (f == 0 || l == 0) return y;
  // e d + f sqrt(d^2 + l^2) = y + f l; squared: (f^2 - e^2) d^2 + 2 e a d + f^2 l^2 - a^2 = 0, a = y + f l.
  // The root that is >= 0, in the form that also holds for e = f.
  const double a = y + f * l;
  const double root = std::sqrt(a * a + (e * e - f * f) * l * l);
  return (a * a - f * f * l * l) / (e * a + f * root);
}

inline double local_specific_yield(const AquiferParams& p, double depth) {
  const double l = p.shallow_length_m;
  const double r = std::sqrt(depth * depth + l * l);
  return p.specific_yield * (p.shallow_share + (1.0 - p.shallow_share) * (r > 0 ? depth / r : 1.0));
}

struct AquiferFluxes {
  double drainage_mm = 0;  // to the drainage level; negative = inflow
  double spill_mm = 0;     // water above the ground, runs off
};

// One day with net recharge r (mm, may be negative); `deficit` is the state.
inline AquiferFluxes aquifer_step(const AquiferParams& p, double net_mm, double& deficit) {
  AquiferFluxes f;
  const double depth = depth_m(p, deficit);
  const double yield = 1000.0 * local_specific_yield(p, depth);            // mm per m
  const double conductance = 1000.0 * p.specific_yield / p.response_days;  // mm/d per m
  const double height = p.drainage_depth_m - depth;
  const double rest = net_mm / conductance;
  const double gain = yield * (rest - height) * -std::expm1(-conductance / yield);
  f.drainage_mm = net_mm - gain;
  deficit -= gain;
  if (deficit < 0) {
    f.spill_mm = -deficit;
    deficit = 0;
  }
  return f;
}

}  // namespace phreatic::basin
