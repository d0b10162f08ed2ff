// SPDX-License-Identifier: BSD-3-Clause
// Nonlinear recharge through an interception store and a root zone (collenteur2021, the "Flex" model;
// docs/methods/baselines.md). W rain, M melt (degree_day.hpp) and E potential evaporation, all mm/d; S_i and S
// stores in mm:
//   interception  E_i = min(k_v E, S_i),     dS_i/dt = W - E_i - P_e,   S_i <= interception capacity
//   root zone     dS/dt = P_e + M - E_a - R - runoff above the capacity S_r
//                 E_a = (k_v E - E_i) min(1, S / (l_p S_r)),   R = K_s (S / S_r)^gamma
// Explicit steps of at most one day; a step longer than a day is cut, with its rates held.
#pragma once

#include <vector>

#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {

struct FlexRecharge {
  double root_zone_mm = 250;             // S_r
  double conductivity_mm_per_day = 100;  // K_s
  double exponent = 2;                   // gamma
  double evaporation_factor = 1;         // k_v
  double evaporation_limit = 0.25;       // l_p: share of S_r below which evaporation is reduced
  double interception_mm = 2;
};

// Recharge, mm/d, one value for each step of `step_days`. No input has gaps; they have one length, `melt` may be
// empty. The
// root zone starts half full and is first run over the first two years, so that the start is forgotten.
std::vector<double> flex_recharge(Series rain_mm_per_day, Series melt_mm_per_day,
                                  Series evaporation_mm_per_day, const FlexRecharge& p, double step_days);

// The same for several sets of parameters, each with its own rain and melt: [set][step], the same numbers as one by
// one. The sets go through time side by side, so that the processor works on one while it waits for another.
struct FlexInputs {
  FlexRecharge parameters;
  Series rain_mm_per_day;
  Series melt_mm_per_day;
};
std::vector<std::vector<double>> flex_recharges(const std::vector<FlexInputs>& sets,
                                                Series evaporation_mm_per_day, double step_days);

}  // namespace phreatic::stats
