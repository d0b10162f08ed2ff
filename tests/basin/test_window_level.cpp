// SPDX-License-Identifier: BSD-3-Clause
// The simulator as a model: explain's sampled Shapley values of it are the basin's true contributions, which
// are computed by another way (all coalitions).
#include "phreatic/basin/truth/window_level.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "phreatic/basin/truth/truth.hpp"
#include "phreatic/explain/attribution/shapley_values.hpp"

namespace phreatic::basin {
namespace {

constexpr std::size_t kDays = 120;

Basin small_basin() {
  BasinParams p;
  p.wells = 3;
  p.years = 5;
  return make_basin(p);
}

void append_window(const Basin& basin, Window window, std::vector<float>& cells) {
  const Forcing f = basin.wells[window.well].forcing().part(window.last + 1 - kDays, kDays);
  for (std::size_t t = 0; t < kDays; ++t)
    for (std::size_t d = 0; d < kDriverCount; ++d) cells.push_back(static_cast<float>(f.series[d][t]));
}

TEST(WindowLevel, sampled_shapley_values_are_the_true_contributions) {
  const Basin basin = small_basin();
  const TruthTask task{{1, 1500}, {{1, 500}, {1, 700}, {1, 865}, {1, 1230}}};
  TruthParams params{.look_back_days = kDays, .initial = InitialState::neutral};
  const Contribution truth = true_contributions(basin, std::vector{task}, standard_groups(), params)[0];
  std::vector<float> x, r;
  append_window(basin, task.target, x);
  for (const Window& w : task.references) append_window(basin, w, r);
  WindowLevel f(basin.wells[1].params, kDays);
  const explain::DenseWindows windows(kDays, kDriverCount, x), training(kDays, kDriverCount, r);
  explain::References references;
  references.groups = {{0, 1, 2, 3}};
  references.group_of = {0};
  const std::vector<explain::TargetScale> scales(1);
  const std::vector<std::size_t> groups = {0, 1, 2, 3};
  core::Log log(true);
  core::Context context{log, false};
  int seen = 0;
  explain::shapley_values(
      f, windows, training, references, scales, groups, {.pairs = 400},
      [&](const explain::ShapleyAttribution& a) {
        ++seen;
        EXPECT_NEAR(a.value, truth.level, 1e-4);
        EXPECT_NEAR(a.base, truth.reference_level, 1e-4);
        for (std::size_t g = 0; g < 4; ++g)
          EXPECT_NEAR(a.contributions[g], truth.by_group[g], 4 * a.standard_errors[g] + 1e-4) << g;
      },
      context);
  EXPECT_EQ(seen, 1);
  EXPECT_GT(std::abs(truth.by_group[0]), 0.01);
}

TEST(WindowLevel, gradient_agrees_with_a_step_along_the_precipitation) {
  const Basin basin = small_basin();
  WindowLevel f(basin.wells[0].params, kDays);
  std::vector<float> x;
  append_window(basin, {0, 900}, x);
  std::vector<float> value(1), gradient(x.size()), up(1), down(1);
  f.value_and_gradient(1, x.data(), nullptr, value.data(), gradient.data());
  double along = 0;
  std::vector<float> above = x, below = x;
  for (std::size_t t = 0; t < kDays; ++t) {
    if (x[t * kDriverCount] < 1) continue;  // wet days, away from the kink at no rain
    above[t * kDriverCount] += 0.02F;
    below[t * kDriverCount] -= 0.02F;
    along += gradient[t * kDriverCount];
  }
  f.value(1, above.data(), nullptr, up.data());
  f.value(1, below.data(), nullptr, down.data());
  EXPECT_NEAR((up[0] - down[0]) / 0.04, along, 0.05 * std::abs(along) + 2e-4);
}

}  // namespace
}  // namespace phreatic::basin
