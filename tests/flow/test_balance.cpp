// SPDX-License-Identifier: BSD-3-Clause
// Flows that were once wrong without a word, and the balance that tells.
#include <gtest/gtest.h>

#include "models.hpp"
#include "phreatic/flow/packages/packages.hpp"

namespace phreatic::flow::testing {
namespace {

// Two layers of `thickness` under each other, each of one row; the lower one drained to a low head.
Model perched_column(int ncol, double thickness, double recharge) {
  Model model = block(2, 1, ncol, 10, 2 * thickness, thickness);
  model.flow.icelltype = std::int8_t{1};
  model.flow.perched = true;
  model.flow.k = 1.0;
  model.flow.k33 = 0.01;
  for (int n = 0; n < ncol; ++n) {  // from heads of links that are perched already, so that no cell falls dry
    model.start_heads[static_cast<std::size_t>(n)] = 1.5 * thickness;
    model.start_heads[static_cast<std::size_t>(ncol + n)] = 0.5 * thickness;
  }
  std::vector<CellIndex> upper;
  for (CellIndex n = 0; n < ncol; ++n) upper.push_back(n);
  const std::vector<std::vector<double>> rates(upper.size(), {recharge});
  model.packages.push_back(package(PackageKind::rch, upper, rates));
  model.packages.push_back(package(PackageKind::chd, {2 * ncol - 1}, {{0.3 * thickness}}));
  return model;
}

TEST(Perched, TheUpperHeadStandsAboveItsBottomByFlowOverConductance) {
  for (const int ncol : {1, 7}) {
    const double thickness = 10;
    const double recharge = 2e-3;
    Simulation simulation(perched_column(ncol, thickness, recharge));
    const StepReport& report = simulation.advance();
    ASSERT_EQ(report.status, StepStatus::converged) << report.message;
    // Vertical resistance of the two half cells: 2 x 5 / 0.01 = 1000.
    for (int n = 0; n < ncol; ++n)
      EXPECT_NEAR(simulation.heads()[static_cast<std::size_t>(n)], thickness + recharge * 1000, 1e-8);
    EXPECT_LT(std::abs(report.balance_percent), 1e-6);
    EXPECT_TRUE(report.warning.empty());
    EXPECT_NEAR(report.inflow, recharge * 100 * ncol, 1e-9);
    EXPECT_NEAR(report.outflow, recharge * 100 * ncol, 1e-7);
  }
}

TEST(Perched, WithStorageTheBalanceHoldsInEveryStep) {
  Model model = perched_column(9, 10, 2e-3);
  make_transient(model, 100, 12, 1.3, 1e-5, 0.2, true);
  Simulation simulation(std::move(model));
  while (!simulation.finished()) {
    const StepReport& report = simulation.advance();
    ASSERT_EQ(report.status, StepStatus::converged) << report.message;
    EXPECT_LT(std::abs(report.balance_percent), 1e-4) << report.time.step;
  }
}

// Flow of a drain of conductance 4 at elevation 5 and the slope that finite differences give.
BoundFlow drain_flow(bool newton, double depth, double head) {
  Package drain = package(PackageKind::drn, {0}, {{5, 4}});
  drain.drain_depth_aux = 0;
  PackageValues values;
  drain.provider(StepTime{}, values);
  values.aux = {depth};
  Model model = block(1, 1, 1, 10, 20, 20);
  model.newton.enabled = newton;
  const Aquifer aquifer = make_aquifer(model);
  Padded<double> heads = aquifer.layout.array<double>();
  Padded<double> residual = aquifer.layout.array<double>();
  Padded<double> excess = aquifer.layout.array<double>();
  Padded<std::int8_t> ibound = aquifer.layout.array<std::int8_t>();
  heads[0] = head;
  ibound[0] = 1;
  add_package(drain, values, nullptr, {model, aquifer, heads, ibound},
              PackageTerms<double>{residual.data(), excess.data()});
  return {residual[0], -excess[0]};
}

TEST(DrainDepth, UnderNewtonTheConductanceGrowsAsTwoSquaresLessACube) {
  for (const double x : {0.1, 0.5, 0.9, 1.0, 1.5}) {
    const double s = std::min(x, 1.0);
    const double wanted = -4 * s * s * (2 - s) * 3 * x;
    EXPECT_NEAR(drain_flow(true, 3, 5 + 3 * x).flow, wanted, 1e-12) << x;
    // A negative depth: the drain begins that much under its elevation.
    EXPECT_NEAR(drain_flow(true, -3, 2 + 3 * x).flow, wanted, 1e-12) << x;
    if (x == 1.0) continue;
    const double difference =
        (drain_flow(true, 3, 5 + 3 * x + 1e-6).flow - drain_flow(true, 3, 5 + 3 * x - 1e-6).flow) / 2e-6;
    EXPECT_NEAR(drain_flow(true, 3, 5 + 3 * x).slope, difference, 1e-5) << x;
  }
}

TEST(DrainDepth, WithoutNewtonItGrowsInProportion) {
  for (const double x : {0.1, 0.5, 0.9, 1.0, 1.5})
    EXPECT_NEAR(drain_flow(false, 3, 5 + 3 * x).flow, -4 * std::min(x, 1.0) * 3 * x, 1e-12) << x;
  for (const bool newton : {false, true}) EXPECT_EQ(drain_flow(newton, 3, 4.9).flow, 0);
}

TEST(FixedThickness, ACellThatStartsUnderItsBottomIsDryForGood) {
  Model model = block(1, 1, 5, 10, 10, 10);
  model.flow.icelltype = std::int8_t{-1};
  model.flow.thickstrt = true;
  model.start_heads = {8, 8, -2, 0, 8};
  model.packages.push_back(package(PackageKind::chd, {0, 4}, {{8}, {6}}));
  model.packages.push_back(package(PackageKind::rch, {1}, {{1e-3}}));
  Simulation simulation(std::move(model));
  const StepReport& report = simulation.advance();
  ASSERT_EQ(report.status, StepStatus::converged) << report.message;
  EXPECT_EQ(simulation.heads()[2], kDryHead);
  EXPECT_EQ(simulation.heads()[3], kDryHead);
  // Nothing passes the dry cells: cell 1 holds its recharge 0.1 over the link to cell 0, K b w / l = 8.
  EXPECT_NEAR(simulation.heads()[1], 8 + 0.1 / 8, 1e-9);
}

TEST(FixedThickness, HoldsInTheVerticalResistanceWithVariableConductance) {
  Model model = block(2, 1, 1, 10, 20, 10);
  model.flow.icelltype = std::vector<std::int8_t>{-1, 1};
  model.flow.thickstrt = true;
  model.flow.variable_cv = true;
  model.flow.k33 = 0.01;
  model.start_heads = {14, 6};
  model.packages.push_back(package(PackageKind::rch, {0}, {{1e-3}}));
  model.packages.push_back(package(PackageKind::chd, {1}, {{6}}));
  Simulation simulation(std::move(model));
  ASSERT_EQ(simulation.advance().status, StepStatus::converged);
  // Half of 4 m, of 10 m filled at the start, and half of the lower cell's 10 m, which counts as full.
  EXPECT_NEAR(simulation.heads()[0], 6 + 1e-3 * (2 + 5) / 0.01, 1e-9);
}

// Ends after the first linear solve of a strongly nonlinear problem, whatever it has left.
Simulation careless(double recharge, double top) {
  Model model = block(1, 1, 20, 100, top, top);
  model.flow.icelltype = std::int8_t{1};
  model.start_heads.assign(20, 0.2 * top);
  std::vector<CellIndex> cells;
  for (CellIndex n = 1; n < 20; ++n) cells.push_back(n);
  const std::vector<std::vector<double>> rates(cells.size(), {recharge});
  model.packages.push_back(package(PackageKind::rch, cells, rates));
  model.packages.push_back(package(PackageKind::chd, {0}, {{0.2 * top}}));
  model.solver.outer_dvclose = 1e6;
  EngineOptions options;
  options.head_tolerance = options.balance_tolerance = 1e6;
  return Simulation(std::move(model), options);
}

TEST(Balance, MoreThanOnePercentIsSaidAndMoreThanTenIsAFailedStep) {
  Simulation bad = careless(1e-3, 40);
  const StepReport& failed = bad.advance();
  EXPECT_GT(std::abs(failed.balance_percent), kBalanceFailure);
  EXPECT_EQ(failed.status, StepStatus::unbalanced);
  EXPECT_NE(failed.message.find("differ by"), std::string::npos) << failed.message;
  bool said = false;
  for (double recharge = 1e-3; recharge > 1e-8; recharge *= 0.7) {
    Simulation simulation = careless(recharge, 40);
    const StepReport& report = simulation.advance();
    const double off = std::abs(report.balance_percent);
    EXPECT_EQ(report.warning.empty(), off <= kBalanceWarning) << off;
    EXPECT_EQ(report.status == StepStatus::unbalanced, off > kBalanceFailure) << off;
    said = said || (off > kBalanceWarning && off <= kBalanceFailure);
  }
  EXPECT_TRUE(said);
}

TEST(Balance, AModelAtRestIsNotWarnedOf) {
  Model model = block(1, 1, 20, 100, 40, 40);
  model.start_heads.assign(20, 12.3456789);
  model.start_heads[7] += 3e-9;
  model.packages.push_back(package(PackageKind::chd, {0, 19}, {{12.3456789}, {12.3456789}}));
  make_transient(model, 10, 5, 1, 1e-5, 0.1, false);
  Simulation simulation(std::move(model));
  while (!simulation.finished()) {
    const StepReport& report = simulation.advance();
    EXPECT_EQ(report.status, StepStatus::converged);
    EXPECT_TRUE(report.warning.empty()) << report.warning;
  }
}

}  // namespace
}  // namespace phreatic::flow::testing
