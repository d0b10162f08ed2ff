// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/flow/ensemble/models.hpp"

namespace phreatic::flow {
namespace {

using namespace testing;

// Every tolerance so small that what is left is rounding.
EnsembleParams tight(int lanes, std::vector<double> dates = {}) {
  EnsembleParams params;
  params.lanes = lanes;
  params.dates = std::move(dates);
  params.engine.head_tolerance = 1e-12;
  params.engine.balance_tolerance = 1e-12;
  params.engine.single_precision = false;
  return params;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = 0;
  for (std::size_t n = 0; n < a.size(); ++n) worst = std::max(worst, std::abs(a[n] - b[n]));
  return worst;
}

TEST(Ensemble, RisesOfTwoSitesAddUpInALinearModel) {
  Scenario both = site("both", 5, 5, 3, 0.02);
  both.sites.push_back(site("", 15, 20, 4, 0.01).sites.front());
  const Collected c =
      collect(valley(true), {site("a", 5, 5, 3, 0.02), site("b", 15, 20, 4, 0.01), both}, tight(8, {8, 21}));
  for (std::size_t d = 0; d < 2; ++d) {
    double worst = 0;
    double largest = 0;
    for (std::size_t n = 0; n < c.baseline[d].size(); ++n) {
      const double a = c.heads[0][d][n] - c.baseline[d][n];
      const double b = c.heads[1][d][n] - c.baseline[d][n];
      worst = std::max(worst, std::abs(a + b - (c.heads[2][d][n] - c.baseline[d][n])));
      largest = std::max(largest, a + b);
    }
    EXPECT_GT(largest, 0.02);
    EXPECT_LT(worst, 1e-9);
  }
}

TEST(Ensemble, AScenarioGivesTheHeadsOfTheModelThatHasItsChangesWrittenIn) {
  Scenario scenario = site("site", 4, 12, 3, 0.015);
  scenario.changes = {{.package = "PRCH", .column = 0, .factor = 1.2},
                      {.package = "PWEL", .column = 0, .values = {-80}, .first = 5},
                      {.package = "PRIV", .column = 0, .add = 0.1},
                      {.package = "PCHD", .column = 0, .add = -0.05}};
  const Collected c = collect(valley(false), {scenario}, tight(1, {21}));

  Model model = valley(false);
  const auto changed = [](const StressProvider& inner, double factor, double add) {
    return [inner, factor, add](const StepTime& time, PackageValues& values) {
      const Change change = inner(time, values);
      if (change == Change::none) return change;
      for (std::size_t b = 0; b < values.size(); ++b) values.value(0, b) = factor * values.value(0, b) + add;
      return change;
    };
  };
  model.packages[0].provider = changed(model.packages[0].provider, 1, -0.05);
  model.packages[1].provider = changed(model.packages[1].provider, 1.2, 0);
  model.packages[2].provider = [](const StepTime& time, PackageValues& values) {
    values.cell = {(1 * kRows + 12) * kColumns + 20};
    values.values = {time.start >= 5 ? -80.0 : -120.0};
    return Change::cells;
  };
  model.packages[4].provider = changed(model.packages[4].provider, 1, 0.1);
  Package water = package(PackageKind::rch, {0}, {{0}});
  water.name = "WATER";
  water.provider = [](const StepTime& time, PackageValues& values) {
    values = {};
    for (int i = 4; i < 7; ++i) {
      for (int j = 12; j < 15; ++j) values.cell.push_back(i * kColumns + j);
    }
    values.values.assign(9, time.start >= 3 && time.end <= 12 ? 0.015 : 0.0);
    return Change::cells;
  };
  model.packages.push_back(water);
  Simulation simulation(model, tight(1).engine);
  while (!simulation.finished()) simulation.advance();
  EXPECT_LT(largest_difference(simulation.heads(), c.heads[0][0]), 1e-9);
  EXPECT_GT(largest_difference(simulation.heads(), c.baseline[0]), 0.05);
}

TEST(Ensemble, WaterIsAllStoredWhereNothingLetsItOut) {
  Model model = valley(true);
  model.packages.erase(model.packages.begin());      // fixed heads
  model.packages.erase(model.packages.begin() + 2);  // general head
  model.periods.front().steady = false;
  const Collected c = collect(model, {site("site", 5, 5, 4, 0.02)}, tight(1));
  const Rise& rise = c.result.scenarios.front().rise;
  const double given = 16 * 2500 * 0.02;  // a day
  ASSERT_EQ(rise.water.size(), c.result.times.size());
  for (std::size_t s = 0; s < rise.water.size(); ++s) {
    const double days = std::clamp(c.result.times[s] - 3, 0.0, 9.0);
    EXPECT_NEAR(rise.water[s], given * days, 1e-5 * given) << "at " << c.result.times[s];
  }
}

TEST(Ensemble, RisesOfSitesAddUpToThatOfTheModel) {
  Scenario both = site("both", 5, 5, 3, 0.02);
  both.sites.push_back(site("", 15, 20, 4, 0.01).sites.front());
  const Collected c = collect(valley(false), {both}, tight(1));
  const ScenarioResult& result = c.result.scenarios.front();
  ASSERT_EQ(result.sites.size(), 2u);
  for (std::size_t s = 0; s < result.rise.volume.size(); ++s) {
    EXPECT_NEAR(result.sites[0].volume[s] + result.sites[1].volume[s], result.rise.volume[s], 1e-6);
    EXPECT_NEAR(result.sites[0].water[s] + result.sites[1].water[s], result.rise.water[s], 1e-6);
  }
  EXPECT_GT(result.sites[0].volume[12], 100);
  EXPECT_GT(result.sites[1].volume[12], 100);
}

std::string problems_of(const Model& model, const std::vector<Scenario>& scenarios,
                        const EnsembleParams& params) {
  try {
    collect(model, scenarios, params);
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Ensemble, BadScenariosAreAllNamedAtOnce) {
  Scenario two = site("a", 5, 5, 3, 0.02);
  Scenario outside = site("outside", 5, 5, 3, 0.02);
  outside.sites.front().cells.push_back(kRows * kColumns);
  Scenario late = site("late", 5, 5, 3, 0.02);
  late.sites.front().first = 100;
  late.sites.front().last = 120;
  Scenario array = site("array", 5, 5, 3, 0.02);
  array.changes = {{.package = "PRCH", .column = 0, .values = std::vector<double>(25 * 30, 0.001)}};
  Scenario unknown = site("unknown", 5, 5, 3, 0.02);
  unknown.changes = {{.package = "PRCB", .column = 0, .factor = 2}};
  const std::string text = problems_of(
      valley(true), {site("a", 1, 1, 2, 0.01), two, outside, late, array, unknown}, tight(1, {7.5, 40}));
  for (const char* part :
       {"scenario a: the name is used twice", "scenario outside: site 1: column 720 is outside the grid",
        "scenario late: site 1: begins at 100, outside the run",
        "PRCH: 750 values are given, the package has 720 bounds", "changes the package 'PRCB'",
        "Did you mean PRCH?", "7.5 is no end of a step", "40 is outside the run"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nin\n" << text;
}

TEST(Ensemble, ASiteOutsideTheActiveAreaIsRefused) {
  Model model = valley(true);
  std::vector<std::int8_t> active;
  for (std::size_t n = 0; n < model.grid.cells(); ++n)
    active.push_back(n % model.grid.layer_cells() == 5 * kColumns + 5 ? 0 : 1);
  model.grid.idomain = active;
  EXPECT_NE(problems_of(model, {site("a", 5, 5, 3, 0.02)}, tight(1))
                .find("1 of 9 cells are outside the active area"),
            std::string::npos);
}

TEST(Ensemble, AScenarioThatFailsIsRunAgainWithSmallerStepsAndTheOthersAreNot) {
  Model model = valley(false);
  model.solver.outer_maximum = 6;
  model.solver.outer_dvclose = 1e-9;
  Scenario hard = site("hard", 5, 5, 8, 0.5);
  EnsembleParams params;
  params.lanes = 1;
  const Collected c = collect(model, {site("easy", 5, 5, 3, 1e-6), hard}, params);
  EXPECT_EQ(c.result.scenarios[0].status, ScenarioStatus::done);
  EXPECT_EQ(c.result.scenarios[0].message, "");
  EXPECT_NE(c.result.scenarios[1].message.find("smaller steps"), std::string::npos)
      << c.result.scenarios[1].message;
}

}  // namespace
}  // namespace phreatic::flow
