// SPDX-License-Identifier: BSD-3-Clause
// Scenarios in lanes against the same scenarios one by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "phreatic/flow/ensemble/lanes.hpp"
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

// Forty rows and sixty columns more than the valley, so that a site's window is a small part of it.
Model plain(double conductance = 3, int days = 20, double k = 5) {
  Model model = block(2, 100, 120, 50, 10, 15);
  make_transient(model, days, days, 1, 1e-4, 0.15, true);
  model.periods.insert(model.periods.begin(), StressPeriod{1, 1, 1, true, {}});
  const std::size_t cells = model.grid.cells();
  std::vector<std::int8_t> type(cells, 0);
  for (std::size_t n = 0; n < cells / 2; ++n) type[n] = 1;
  model.flow.icelltype = type;
  model.storage.iconvert = type;
  model.flow.k33 = 0.05;
  model.flow.k = k;
  model.start_heads.assign(cells, 7.5);
  std::vector<CellIndex> land;
  std::vector<std::vector<double>> drains;
  for (int c = 0; c < 100 * 120; ++c) {
    land.push_back(c);
    drains.push_back({7.0 + 0.2 * std::sin(0.05 * c), conductance});
  }
  model.packages.push_back(package(PackageKind::drn, land, drains));
  model.packages.push_back(
      package(PackageKind::rch, land, std::vector<std::vector<double>>(land.size(), {0.001})));
  return model;
}

Scenario square(const std::string& name, int row, int column, double rate) {
  Scenario one = site(name, 0, 0, 1, rate);
  one.sites.front().cells.clear();
  for (int i = row; i < row + 4; ++i) {
    for (int j = column; j < column + 4; ++j) one.sites.front().cells.push_back(i * 120 + j);
  }
  return one;
}

TEST(Lanes, ASiteIsSolvedInASmallWindowAndWhatIsCutOffStaysWithinTheClosure) {
  const std::vector<Scenario> scenarios = {square("a", 20, 30, 0.02), square("b", 70, 95, 0.03),
                                           square("corner", 0, 0, 0.02)};
  EnsembleParams tight = in(1);
  tight.engine.head_tolerance = 1e-9;
  tight.engine.balance_tolerance = 1e-9;
  const Collected lanes = collect(plain(), scenarios, in(8));
  const Collected alone = collect(plain(), scenarios, tight);
  const double closure = 10 * EngineOptions{}.head_tolerance;  // 24 000 cells
  for (std::size_t s = 0; s < scenarios.size(); ++s) {
    const ScenarioResult& ours = lanes.result.scenarios[s];
    EXPECT_FALSE(ours.alone) << ours.message;
    EXPECT_GT(ours.window_share, 0.001);
    EXPECT_LT(ours.window_share, 0.6);
    for (std::size_t d = 0; d < 3; ++d) {
      double worst = 0, largest = 0;
      for (std::size_t n = 0; n < alone.heads[s][d].size(); ++n) {
        const double rise = lanes.heads[s][d][n] - lanes.baseline[d][n];
        worst = std::max(worst, std::abs(rise - (alone.heads[s][d][n] - alone.baseline[d][n])));
        largest = std::max(largest, rise);
      }
      EXPECT_LT(worst, closure) << s << " " << d;
      EXPECT_GT(largest, 0.03);
    }
    const std::vector<double>& water = alone.result.scenarios[s].rise.water;
    EXPECT_NEAR(ours.rise.water.back(), water.back(), 0.01 * *std::max_element(water.begin(), water.end()));
  }
}

// Drains take a small site's water within days, and what is left lies thinner than the closure over many cells: differences
// have a closure of their own size, and a tighter one finds the rest.
TEST(Lanes, TheLittleWaterThatIsLeftIsFound) {
  Model model = plain(12, 40, 500);
  model.solver.outer_dvclose = 1e-3;
  const std::vector<Scenario> one = {square("a", 40, 50, 2e-4)};
  const auto water = [&](EnsembleParams params, double tolerance) {
    params.engine.head_tolerance = tolerance;
    return collect(model, one, params).result.scenarios[0].rise.water;
  };
  EnsembleParams exact = in(1);
  exact.engine.balance_tolerance = 1e-10;
  const std::vector<double> whole = water(exact, 1e-10);
  const double left = whole.back();
  EXPECT_LT(left, 0.45 * *std::max_element(whole.begin(), whole.end()));
  EXPECT_NEAR(water(in(8), EngineOptions{}.head_tolerance).back(), left, 0.15 * left);
  EXPECT_NEAR(water(in(8), 1e-8).back(), left, 0.005 * left);
}

// Lanes take turns on what works on them: nothing of the window of one may be left for the next.
TEST(Lanes, ALaneIsBitwiseTheSameWhereverTheWindowsOfTheOthersLie) {
  for (const bool fixed : {false, true}) {
    Model model = plain();
    if (fixed) {
      model.flow.icelltype = std::int8_t{0};
      model.storage.iconvert = std::int8_t{0};
      model.storage.ss = 1e-3;
    }
    const Scenario one = square("one", 20, 30, 0.02);
    std::vector<Scenario> mixed, copies;
    for (int i = 0; i < 8; ++i) {
      mixed.push_back(i % 4 == 3 ? one : square("", 5 + 11 * i, 110 - 13 * i, 0.01 * (i + 1)));
      copies.push_back(one);
      mixed.back().name = copies.back().name = "s" + std::to_string(i);
    }
    const Collected among = collect(model, mixed, in(8));
    const Collected same = collect(model, copies, in(8));
    for (const std::size_t s : {std::size_t{3}, std::size_t{7}}) {
      EXPECT_LT(among.result.scenarios[s].window_share, 0.9);
      EXPECT_EQ(among.result.scenarios[s].inner_iterations, same.result.scenarios[0].inner_iterations);
      for (std::size_t d = 0; d < 3; ++d) EXPECT_EQ(among.heads[s][d], same.heads[s][d]) << s << " " << d;
      EXPECT_EQ(among.result.scenarios[s].rise.water, same.result.scenarios[0].rise.water);
    }
  }
}

TEST(Lanes, BarriersPassThroughCellsAndAdaptiveStepsAreThoseOfTheScenarioAlone) {
  Model model = valley(false);
  std::vector<std::int8_t> active(model.grid.cells(), 1);
  // A third layer in the middle of which cells only pass water on.
  Model three = block(3, kRows, kColumns, 50, 10, 15);
  make_transient(three, 20, 20, 1, 1e-4, 0.15, false);
  three.periods.insert(three.periods.begin(), StressPeriod{1, 1, 1, true, {}});
  three.periods[1].adaptive.enabled = true;
  three.periods[1].adaptive.dt0 = 0.5;
  three.periods[1].adaptive.dtadj = 1;
  std::vector<std::int8_t> domain(three.grid.cells(), 1);
  for (int i = 6; i < 14; ++i) {
    for (int j = 8; j < 20; ++j) domain[static_cast<std::size_t>(three.grid.cell(1, i, j))] = -1;
  }
  three.grid.idomain = domain;
  three.flow.k = 10.0;
  three.flow.k33 = 0.05;
  std::vector<std::int8_t> type(three.grid.cells(), 0);
  std::fill_n(type.begin(), three.grid.layer_cells(), std::int8_t{1});
  three.flow.icelltype = type;
  three.storage.iconvert = type;
  three.start_heads.assign(three.grid.cells(), 7.5);
  three.packages = model.packages;
  BarrierPeriod barriers;
  for (int i = 2; i < 20; ++i)
    barriers.barriers.push_back({three.grid.cell(0, i, 12), three.grid.cell(0, i, 13), 1e-3});
  three.barriers = {barriers};
  const std::vector<Scenario> scenarios = {site("a", 8, 9, 3, 0.02), site("b", 3, 14, 3, 0.02)};
  EnsembleParams lanes_of = in(8);
  lanes_of.dates = {21};
  EnsembleParams one_by_one = lanes_of;
  one_by_one.lanes = 1;
  const Collected lanes = collect(three, scenarios, lanes_of);
  const Collected alone = collect(three, scenarios, one_by_one);
  for (std::size_t s = 0; s < scenarios.size(); ++s) {
    EXPECT_FALSE(lanes.result.scenarios[s].alone) << lanes.result.scenarios[s].message;
    EXPECT_LT(largest_difference(lanes.heads[s][0], alone.heads[s][0]), 1e-4) << s;
    EXPECT_GT(largest_difference(lanes.heads[s][0], lanes.baseline[0]), 0.02) << s;
  }
}

// Drains that lie above the baseline's water table everywhere and every time flow in the one scenario that reaches them.
TEST(Lanes, DrainsThatStartInOneLaneOnlyAreThoseOfTheScenarioAloneAndLeaveTheOthersAsTheyWere) {
  const auto with_drains = [](double elevation) {
    Model model = valley(false);
    std::vector<CellIndex> cells;
    for (int i = 8; i < 14; ++i) {
      for (int j = 9; j < 15; ++j) cells.push_back(model.grid.cell(0, i, j));
    }
    model.packages.push_back(
        package(PackageKind::drn, cells, std::vector<std::vector<double>>(36, {elevation, 40})));
    model.packages.back().name = "HIGH";
    return model;
  };
  const std::vector<Scenario> scenarios = {site("calm", 3, 20, 2, 0.002), site("starts", 10, 11, 4, 0.06),
                                           site("calm too", 18, 4, 2, 0.002)};
  const Collected plain = collect(valley(false), scenarios, in(16));
  double base = 0, top = 0;
  const Model grid = valley(false);
  for (int i = 8; i < 14; ++i) {
    for (int j = 9; j < 15; ++j) {
      const auto n = static_cast<std::size_t>(grid.grid.cell(0, i, j));
      for (std::size_t d = 0; d < 3; ++d) {
        base = std::max(base, plain.baseline[d][n]);
        top = std::max(top, plain.heads[1][d][n]);
      }
    }
  }
  ASSERT_GT(top, base + 0.3);
  const Model high = with_drains(0.5 * (base + top));
  const Collected lanes = collect(high, scenarios, in(16));
  const Collected alone = collect(high, scenarios, in(1));
  const auto drained = [](const ScenarioResult& of) {
    for (const BudgetEntry& entry : of.budgets[1]) {  // while the sites get water
      if (entry.package == "HIGH") return entry.outflow;
    }
    return -1.0;
  };
  EXPECT_GT(drained(lanes.result.scenarios[1]), 1);
  for (const std::size_t s : {std::size_t{0}, std::size_t{2}}) {
    EXPECT_EQ(drained(lanes.result.scenarios[s]), 0);
    for (std::size_t d = 0; d < 3; ++d) EXPECT_EQ(lanes.heads[s][d], plain.heads[s][d]) << s;
  }
  for (std::size_t s = 0; s < 3; ++s) {
    EXPECT_FALSE(lanes.result.scenarios[s].alone) << lanes.result.scenarios[s].message;
    for (std::size_t d = 0; d < 3; ++d)
      EXPECT_LT(largest_difference(lanes.heads[s][d], alone.heads[s][d]), 4e-5) << s;
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
  const Model model = valley(false);
  params.memory_mb = 1e-6 * (lane_bytes(model, 9) + 1);
  try {
    collect(model, sixteen(), params);
    FAIL() << "was not refused";
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("at most 9 fit"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace phreatic::flow
