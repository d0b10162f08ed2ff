// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/observers.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace phreatic::basin {
namespace {

std::vector<double> waves(std::size_t days) {
  std::vector<double> level(days);
  for (std::size_t t = 0; t < days; ++t) level[t] = 130 + std::sin(0.01 * static_cast<double>(t));
  return level;
}

TEST(Observers, NoiseAndGapsAreAsAsked) {
  const std::vector<double> level = waves(40000);
  const ObserverParams p{.noise_sd_m = 0.02, .gap_share = 0.1, .gap_days = 10};
  const Observation o = observe(p, level, 1, 0);
  double missing = 0, square = 0, n = 0;
  for (std::size_t t = 0; t < level.size(); ++t) {
    if (std::isnan(o.level_m[t])) {
      ++missing;
    } else {
      square += (o.level_m[t] - level[t]) * (o.level_m[t] - level[t]);
      ++n;
    }
  }
  EXPECT_NEAR(std::sqrt(square / n), 0.02, 3e-4);
  EXPECT_NEAR(missing / 40000, 0.1, 0.02);
  EXPECT_TRUE(o.faults.empty());
}

TEST(Observers, FaultsAreWhereTheListSays) {
  const std::vector<double> level = waves(8000);
  ObserverParams p{.noise_sd_m = 0, .gap_share = 0};
  p.spikes_per_year = 3;
  p.jumps_per_year = 0.2;
  p.stuck_per_year = 0.5;
  const Observation o = observe(p, level, 4, 7);
  std::vector<double> shift(level.size(), 0.0);
  std::vector<bool> stuck(level.size(), false);
  int kinds[3] = {0, 0, 0};
  for (const Fault& f : o.faults) {
    ++kinds[static_cast<int>(f.kind)];
    for (std::size_t t = f.first; t < f.first + f.days; ++t) {
      if (f.kind == FaultKind::stuck) {
        stuck[t] = true;
      } else {
        shift[t] += f.size_m;
      }
    }
  }
  for (const int kind : kinds) EXPECT_GT(kind, 0);
  for (std::size_t t = 0; t < level.size(); ++t) {
    if (stuck[t]) continue;
    ASSERT_NEAR(o.level_m[t], level[t] + shift[t], 1e-9) << t;
  }
  for (const Fault& f : o.faults) {
    if (f.kind != FaultKind::stuck) continue;
    for (std::size_t t = f.first; t < f.first + f.days; ++t) ASSERT_EQ(o.level_m[t], o.level_m[f.first]);
  }
}

TEST(Observers, FiveDaySteps) {
  const Observation o = observe({.step_days = 5, .gap_share = 0}, waves(100), 1, 0);
  for (std::size_t t = 0; t < 100; ++t) EXPECT_EQ(std::isnan(o.level_m[t]), t % 5 != 0);
}

}  // namespace
}  // namespace phreatic::basin
