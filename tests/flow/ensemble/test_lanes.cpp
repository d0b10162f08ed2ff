// SPDX-License-Identifier: BSD-3-Clause
// Scenarios in lanes against the same scenarios one by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/flow/ensemble/models.hpp"

namespace phreatic::flow {
namespace {

using namespace testing;

std::vector<Scenario> sixteen() {
  std::vector<Scenario> out;
  for (int i = 0; i < 16; ++i) {
    Scenario one = site("s" + std::to_string(i), 1 + i, 2 + (7 * i) % 22, 2 + i % 4, 0.005 + 0.002 * i);
    if (i % 3 == 1) one.changes = {{.package = "PRCH", .column = 0, .factor = 1 + 0.05 * i}};
    if (i % 4 == 2) one.changes.push_back({.package = "PCHD", .column = 0, .add = 0.02 * i});
    if (i % 5 == 3)
      one.changes.push_back({.package = "PWEL", .column = 0, .values = {-10.0 * i}, .first = 6});
    out.push_back(one);
  }
  return out;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = 0;
  for (std::size_t n = 0; n < a.size(); ++n) worst = std::max(worst, std::abs(a[n] - b[n]));
  return worst;
}

EnsembleParams in(int lanes) {
  EnsembleParams params;
  params.lanes = lanes;
  params.dates = {4, 12, 21};
  return params;
}

class LanesOf : public ::testing::TestWithParam<bool> {};

TEST_P(LanesOf, GiveWhatTheScenariosGiveAlone) {
  const std::vector<Scenario> scenarios = sixteen();
  const Collected lanes = collect(valley(GetParam()), scenarios, in(16));
  const Collected alone = collect(valley(GetParam()), scenarios, in(1));
  EXPECT_TRUE(lanes.result.notes.empty());
  double largest = 0;
  for (std::size_t s = 0; s < scenarios.size(); ++s) {
    const ScenarioResult& ours = lanes.result.scenarios[s];
    const ScenarioResult& reference = alone.result.scenarios[s];
    EXPECT_FALSE(ours.alone) << ours.message;
    for (std::size_t d = 0; d < 3; ++d) {
      EXPECT_LT(largest_difference(lanes.heads[s][d], alone.heads[s][d]), 4e-5)
          << s << " " << d;  // twice the closure
      largest = std::max(largest, largest_difference(lanes.heads[s][d], lanes.baseline[d]));
      ASSERT_EQ(ours.budgets[d].size(), reference.budgets[d].size());
      for (std::size_t p = 0; p < ours.budgets[d].size(); ++p) {
        EXPECT_EQ(ours.budgets[d][p].package, reference.budgets[d][p].package);
        EXPECT_NEAR(ours.budgets[d][p].inflow, reference.budgets[d][p].inflow, 0.5);
        EXPECT_NEAR(ours.budgets[d][p].outflow, reference.budgets[d][p].outflow, 0.5);
      }
    }
    const double most = std::abs(*std::max_element(reference.rise.water.begin(), reference.rise.water.end()));
    for (std::size_t t = 0; t < ours.rise.water.size(); ++t)
      EXPECT_NEAR(ours.rise.water[t], reference.rise.water[t], 1e-3 * most + 1) << s << " " << t;
  }
  EXPECT_GT(largest, 0.3);
}

INSTANTIATE_TEST_SUITE_P(Models, LanesOf, ::testing::Values(true, false),
                         [](const auto& of) { return of.param ? "Confined" : "Convertible"; });

TEST(Lanes, ALaneIsBitwiseTheSameWhateverTheOthersAre) {
  const std::vector<Scenario> others = sixteen();
  const Collected mixed = collect(valley(false), others, in(16));
  for (const std::size_t s : {std::size_t{0}, std::size_t{6}, std::size_t{13}}) {
    std::vector<Scenario> copies(16, others[s]);
    for (std::size_t i = 0; i < 16; ++i) copies[i].name = "copy" + std::to_string(i);
    const Collected same = collect(valley(false), copies, in(16));
    for (std::size_t d = 0; d < 3; ++d) EXPECT_EQ(same.heads[s][d], mixed.heads[s][d]) << s << " " << d;
    EXPECT_EQ(same.heads[0][2], same.heads[15][2]);
  }
}

TEST(Lanes, AScenarioThatNearsDryingLeavesItsLaneAndIsRunAlone) {
  std::vector<Scenario> scenarios = sixteen();
  const Collected before = collect(valley(false), scenarios, in(16));
  scenarios[5].sites.front().rate = -0.5;  // takes the water away until cells are dry
  const Collected after = collect(valley(false), scenarios, in(16));
  EXPECT_TRUE(after.result.scenarios[5].alone);
  EXPECT_NE(after.result.scenarios[5].message.find("left its lane"), std::string::npos);
  for (std::size_t s = 0; s < 16; ++s) {
    if (s == 5) continue;
    EXPECT_FALSE(after.result.scenarios[s].alone);
    EXPECT_EQ(after.heads[s][2], before.heads[s][2]) << s;
  }
}

TEST(Lanes, WhatLanesCannotDoIsRunOneByOneAndSaid) {
  Model model = valley(false, 12);
  model.newton.enabled = true;
  EnsembleParams params = in(16);
  params.dates = {13};
  const Collected c = collect(model, {site("a", 5, 5, 3, 0.01)}, params);
  ASSERT_EQ(c.result.notes.size(), 1U);
  EXPECT_NE(c.result.notes.front().find("one by one: the model has NEWTON"), std::string::npos);
  EXPECT_TRUE(c.result.scenarios.front().alone);
  EXPECT_EQ(c.result.scenarios.front().status, ScenarioStatus::done);
}

TEST(Lanes, MoreLanesThanMemoryAllowsAreRefusedAndItIsSaidHowManyFit) {
  EnsembleParams params = in(16);
  params.memory_mb = 1.2;
  try {
    collect(valley(false), sixteen(), params);
    FAIL() << "was not refused";
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("at most 8 fit"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace phreatic::flow
