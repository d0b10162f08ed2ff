// SPDX-License-Identifier: BSD-3-Clause
// Systems solved side by side against each solved by itself, with and without a second level.
#include <gtest/gtest.h>

#include <cmath>

#include "models.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/flow/solver/lane_gradients.hpp"
#include "phreatic/flow/solver/link_solver.hpp"

namespace phreatic::flow::testing {
namespace {

constexpr std::size_t kCount = LaneGradients::kCount;

// Random links on a grid of two layers with cells that take no part, and a right-hand side for every lane.
struct Systems {
  Layout layout = make_layout(block(2, 90, 130, 10, 0, 10).grid);
  LinkMatrix<float> a;
  Padded<std::int8_t> ibound = layout.array<std::int8_t>();
  std::vector<Padded<double>> residuals;
  LinkSolver<float> by;

  explicit Systems(bool second_level) {
    a.allocate(layout);
    core::RandomStream random(5, "lanes");
    const auto columns = static_cast<std::size_t>(layout.ncol);
    for (std::size_t n = 0; n < layout.cells; ++n) ibound[n] = random.uniform() < 0.03 ? 0 : 1;
    for (std::size_t n = 0; n < layout.cells; ++n) {
      const auto link = [&](std::size_t m) {
        return ibound[n] > 0 && ibound[m] > 0 ? static_cast<float>(std::exp(random.normal())) : 0.0F;
      };
      if (n % columns + 1 < columns) a.right[n] = link(n + 1);
      if (n % layout.layer_cells + columns < layout.layer_cells) a.front[n] = link(n + columns);
      if (n + layout.layer_cells < layout.cells) a.down[n] = 1e-2F * link(n + layout.layer_cells);
      a.excess[n] = 1e-3F;
    }
    for (std::size_t l = 0; l < kCount; ++l) {
      residuals.push_back(layout.array<double>());
      for (std::size_t n = 0; n < layout.cells; ++n) {
        if (ibound[n] > 0) residuals[l][n] = std::pow(10.0, static_cast<double>(l)) * random.normal();
      }
    }
    by.allocate(layout);
    by.judge_by_itself(false);
    if (second_level) by.preconditioner().use({true, false});
    by.factor(layout, a, ibound, 0.97);
  }

  std::array<LaneGradients::Lane, kCount> lanes() const {
    std::array<LaneGradients::Lane, kCount> all;
    for (std::size_t l = 0; l < kCount; ++l) all[l] = {&residuals[l], 1e-4, {}};
    return all;
  }
};

TEST(LaneGradients, EveryLaneIsSolvedAsByItself) {
  for (const bool second_level : {false, true}) {
    Systems systems(second_level);
    ASSERT_EQ(systems.by.preconditioner().second_level().factored(), second_level);
    LaneGradients gradients;
    gradients.allocate(systems.layout);
    auto lanes = systems.lanes();
    gradients.solve(systems.layout, systems.a, systems.by.preconditioner(), lanes, 2000);
    Padded<double> found = systems.layout.array<double>();
    for (std::size_t l = 0; l < kCount; ++l) {
      const LinearResult alone =
          systems.by.solve(systems.layout, systems.a, systems.residuals[l], 1e-4, 2000);
      ASSERT_TRUE(alone.converged && lanes[l].result.converged);
      EXPECT_NEAR(lanes[l].result.iterations, alone.iterations, 2) << "lane " << l;
      gradients.correction(systems.layout, l, found);
      double largest = 0, difference = 0;
      for (std::size_t n = 0; n < systems.layout.cells; ++n) {
        if (systems.ibound[n] <= 0) continue;
        const double other = static_cast<double>(systems.by.correction()[n]) * systems.by.scale();
        largest = std::max(largest, std::abs(other));
        difference = std::max(difference, std::abs(found[n] - other));
      }
      EXPECT_LE(difference, 1e-3 * largest) << "lane " << l;
    }
  }
}

TEST(LaneGradients, WhatALaneGetsDoesNotDependOnTheOthers) {
  Systems systems(true);
  LaneGradients gradients;
  gradients.allocate(systems.layout);
  auto lanes = systems.lanes();
  lanes[6].reduction = 1e-2;
  gradients.solve(systems.layout, systems.a, systems.by.preconditioner(), lanes, 2000);
  Padded<double> among = systems.layout.array<double>();
  Padded<double> alone = systems.layout.array<double>();
  gradients.correction(systems.layout, 3, among);
  std::array<LaneGradients::Lane, kCount> one;
  one[3] = {&systems.residuals[3], 1e-4, {}};
  gradients.solve(systems.layout, systems.a, systems.by.preconditioner(), one, 2000);
  gradients.correction(systems.layout, 3, alone);
  EXPECT_EQ(one[3].result.iterations, lanes[3].result.iterations);
  EXPECT_LT(lanes[6].result.iterations, lanes[3].result.iterations);
  for (std::size_t n = 0; n < systems.layout.cells; ++n) ASSERT_EQ(among[n], alone[n]) << n;
}

}  // namespace
}  // namespace phreatic::flow::testing
