// SPDX-License-Identifier: BSD-3-Clause
// Degree-day snow store (hock2003): what of the precipitation reaches the ground as water, and when.
//   snow share of P  f = clamp((T0 + 1 - T)/2, 0, 1)
//   melt             M = min(k max(T - T0, 0), (S + f P dt)/dt)
//   water            (1 - f) P + M,   S grows by (f P - M) dt
// As the Flex model takes it (kavetski2007): no mixture, and a thin cover melts more slowly,
//   snow             P where T <= T0
//   melt             M = min(k max(T - T0, 0) (1 - exp(-S / 1.5 mm)), S / dt)
#pragma once

#include <vector>

#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {

struct DegreeDay {
  double melt_mm_per_day_degC = 3;  // k
  double threshold_degC = 0;        // T0
};

// Rain plus melt, mm/d, per step of `step_days`; no snow lies at the start. Neither input has gaps.
std::vector<double> rain_and_melt(Series precipitation_mm_per_day, Series temperature_degC,
                                  const DegreeDay& snow, double step_days);

// The second form, rain and melt apart, mm/d.
struct RainAndMelt {
  std::vector<double> rain, melt;
};
RainAndMelt split_rain_and_melt(Series precipitation_mm_per_day, Series temperature_degC,
                                const DegreeDay& snow, double step_days);

}  // namespace phreatic::stats
