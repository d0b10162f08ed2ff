// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/storage/buckets.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace phreatic::studies::downscaling {
namespace {

double mean(std::span<const double> v) {
  return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}

}  // namespace

double pumped_until(std::size_t month) { return 6 * static_cast<double>(month) / 12; }

CellBalance balance_of(const Buckets& b, std::span<const double> rain, std::span<const double> warm,
                       std::span<const double> evaporation) {
  const std::size_t n = rain.size();
  CellBalance out;
  for (auto* v : {&out.evaporation, &out.soil, &out.snow, &out.surface, &out.ground}) v->resize(n);
  double snow = 0, soil = 0.6 * b.capacity, ground = 12 / b.drain, surface = 0;
  for (std::size_t step = 0; step < 2 * n; ++step) {  // the first pass is spin-up
    const std::size_t t = step % n;
    const double fall = warm[t] < 0 ? rain[t] : 0;
    const double melt = std::min(snow + fall, std::max(0.0, 25 * warm[t]));
    snow += fall - melt;
    soil += rain[t] - fall + melt;
    const double demand = std::max(0.0, 5.2 * warm[t] + 10);
    const double lost = std::min(
        soil, evaporation.empty() ? demand * std::min(1.0, soil / (0.7 * b.capacity)) : evaporation[t]);
    soil -= lost;
    const double spilled = std::max(0.0, soil - b.capacity);
    soil -= spilled;
    ground += 0.6 * spilled - b.drain * ground;
    surface += b.river * (0.4 * spilled + 8 * melt / 25) - 0.5 * surface;
    if (step < n) continue;
    out.evaporation[t] = lost;
    out.soil[t] = soil;
    out.snow[t] = snow;
    out.surface[t] = surface;
    out.ground[t] = ground - (b.pumped ? pumped_until(t) : 0);
  }
  return out;
}

std::array<std::vector<double>, 4> contributions_of(const Buckets& buckets, std::span<const double> rain,
                                                    std::span<const double> warm,
                                                    std::span<const double> evaporation) {
  constexpr std::array<double, 4> kWeight = {1.0 / 4, 1.0 / 12, 1.0 / 12, 1.0 / 4};  // by size of the set
  const std::size_t n = rain.size();
  const std::vector<double> still_rain(n, mean(rain)), still_warm(n, mean(warm)),
      still_evaporation(n, mean(evaporation));
  std::array<std::vector<double>, 16> ground;  // with the causes of a set: bit k for cause k
  for (std::size_t set = 0; set < ground.size(); ++set) {
    Buckets own = buckets;
    own.pumped = buckets.pumped && (set & 8U) != 0;
    ground[set] = balance_of(own, (set & 1U) != 0 ? rain : still_rain, (set & 4U) != 0 ? warm : still_warm,
                             (set & 2U) != 0 ? evaporation : still_evaporation)
                      .ground;
  }
  std::array<std::vector<double>, 4> out;
  for (unsigned cause = 0; cause < 4; ++cause) {
    out[cause].assign(n, 0.0);
    for (unsigned set = 0; set < 16; ++set) {
      if (((set >> cause) & 1U) != 0) continue;
      const double weight = kWeight[static_cast<std::size_t>(std::popcount(set))];
      for (std::size_t t = 0; t < n; ++t)
        out[cause][t] += weight * (ground[set | (1U << cause)][t] - ground[set][t]);
    }
  }
  return out;
}

}  // namespace phreatic::studies::downscaling
