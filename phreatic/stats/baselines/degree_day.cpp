// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/degree_day.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats {

std::vector<double> rain_and_melt(Series precipitation_mm_per_day, Series temperature_degC,
                                  const DegreeDay& snow, double step_days) {
  PHREATIC_ASSERT(precipitation_mm_per_day.size() == temperature_degC.size() && step_days > 0);
  std::vector<double> water(precipitation_mm_per_day.size());
  double store_mm = 0;
  for (std::size_t t = 0; t < water.size(); ++t) {
    const double warmth = temperature_degC[t] - snow.threshold_degC;
    const double falling = std::clamp(0.5 * (1 - warmth), 0.0, 1.0) * precipitation_mm_per_day[t];
    store_mm += falling * step_days;
    const double melt = std::min(snow.melt_mm_per_day_degC * std::max(warmth, 0.0), store_mm / step_days);
    store_mm = std::max(0.0, store_mm - melt * step_days);
    water[t] = precipitation_mm_per_day[t] - falling + melt;
  }
  return water;
}

RainAndMelt split_rain_and_melt(Series precipitation_mm_per_day, Series temperature_degC,
                                const DegreeDay& snow, double step_days) {
  PHREATIC_ASSERT(precipitation_mm_per_day.size() == temperature_degC.size() && step_days > 0);
  constexpr double kThinCoverMm = 1.5;
  RainAndMelt out;
  double store_mm = 0;
  for (std::size_t t = 0; t < temperature_degC.size(); ++t) {
    const double warmth = temperature_degC[t] - snow.threshold_degC;
    const double full = snow.melt_mm_per_day_degC * std::max(warmth, 0.0);
    const double melt = std::min(full * -std::expm1(-store_mm / kThinCoverMm), store_mm / step_days);
    const double falling = warmth <= 0 ? precipitation_mm_per_day[t] : 0.0;
    store_mm = std::max(0.0, store_mm + step_days * (falling - melt));
    out.rain.push_back(precipitation_mm_per_day[t] - falling);
    out.melt.push_back(melt);
  }
  return out;
}

}  // namespace phreatic::stats
