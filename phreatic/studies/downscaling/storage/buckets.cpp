// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/storage/buckets.hpp"

#include <algorithm>

namespace phreatic::studies::downscaling {
namespace {

double at(std::span<const double> series, std::size_t month) { return series.empty() ? 0 : series[month]; }

}  // namespace

CellBalance balance_of(const Buckets& b, const Drivers& drivers) {
  const std::span<const double> rain = drivers[kRain], warm = drivers[kWarmth],
                                evaporation = drivers[kEvaporation];
  const std::size_t n = rain.size();
  CellBalance out;
  for (auto* v : {&out.evaporation, &out.soil, &out.snow, &out.surface, &out.ground}) v->resize(n);
  double snow = 0, soil = 0.6 * b.capacity, ground = 12 / b.drain, surface = 0;
  for (std::size_t step = 0; step < 2 * n; ++step) {  // the first pass is spin-up
    const std::size_t t = step % n;
    const double fall = warm[t] < 0 ? rain[t] : 0;
    const double melt = std::min(snow + fall, std::max(0.0, 25 * warm[t]));
    snow += fall - melt;
    soil += rain[t] - fall + melt + at(drivers[kIrrigation], t);
    const double demand = std::max(0.0, 5.2 * warm[t] + 10);
    const double lost = std::min(
        soil, evaporation.empty() ? demand * std::min(1.0, soil / (0.7 * b.capacity)) : evaporation[t]);
    soil -= lost;
    const double spilled = std::max(0.0, soil - b.capacity);
    soil -= spilled;
    const double sunk = std::min(0.3 * at(drivers[kInflow], t), 20.0);  // a bed lets no more through
    ground += 0.6 * spilled + sunk - b.drain * ground;
    surface += b.river * (0.4 * spilled + 8 * melt / 25) - 0.5 * surface;
    if (step < n) continue;
    out.evaporation[t] = lost;
    out.soil[t] = soil;
    out.snow[t] = snow;
    out.surface[t] = surface;
    out.ground[t] = ground - at(drivers[kExtraction], t);
  }
  return out;
}

}  // namespace phreatic::studies::downscaling
