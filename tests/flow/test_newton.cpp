// SPDX-License-Identifier: BSD-3-Clause
// Newton's method where much falls dry: Zaidel's staircase, perched water over a deep table (after Keating and
// Zyvoloski's problem), drains that dewater. Generated here; that they are solved is checked by exact balances
// and by closed forms. tests/flow/mf6/test_cases.cpp has USGS's ex-gwf-nwt-p03b.
#include <gtest/gtest.h>

#include <cmath>

#include "models.hpp"

namespace phreatic::flow::testing {
namespace {

void use_newton(Model& model) {
  model.flow.icelltype = std::int8_t{1};
  model.newton.enabled = true;
  model.newton.under_relaxation = true;
  model.solver.outer_dvclose = 1e-7;
  model.solver.outer_maximum = 500;
}

// A stepped base from 20 m down to 0, heads held at both ends (after Zaidel, 2013).
Model staircase(int ncol, int steps, double downstream) {
  Model model = block(1, 1, ncol, 5, 25, 25);
  for (int j = 0; j < ncol; ++j)
    model.grid.botm[static_cast<std::size_t>(j)] = 20.0 * (1 - (j * steps / ncol) / (steps - 1.0));
  model.flow.k = 1e-4 * 86400;
  model.start_heads.assign(static_cast<std::size_t>(ncol), 23.0);
  use_newton(model);
  model.packages.push_back(package(PackageKind::chd, {0, ncol - 1}, {{23.0}, {downstream}}));
  return model;
}

TEST(Newton, SolvesTheStaircaseWithTheFlowOfEveryCellTheSame) {
  for (const int ncol : {50, 200}) {
    for (const double downstream : {1.0, 10.0}) {
      Simulation simulation(staircase(ncol, 5, downstream));
      const StepReport& report = simulation.advance();
      ASSERT_EQ(report.status, StepStatus::converged) << report.message;
      EXPECT_LE(report.outer_iterations, 60);
      EXPECT_LE(report.inner_iterations, 200);
      const FaceFlows faces = simulation.face_flows();
      ASSERT_GT(faces.right[0], 0);
      for (std::size_t n = 1; n + 1 < static_cast<std::size_t>(ncol); ++n)
        EXPECT_NEAR(faces.right[n], faces.right[0], 1e-6 * faces.right[0]) << n;
      // The first plateau: Dupuit's parabola, upstream weighted: q = K h_i (h_i - h_i+1) w / l over the base.
      const double h0 = simulation.heads()[0] - 20;
      const double h1 = simulation.heads()[1] - 20;
      EXPECT_NEAR(faces.right[0], 8.64 * h0 * (h0 - h1) * 5 / 5, 1e-6 * faces.right[0]);
    }
  }
}

TEST(Newton, ThicknessFixedByTheStartingHeadGivesThePicardFormsHeadsAndFlows) {
  Model model = block(2, 3, 5, 100, 20, 10);
  model.flow.icelltype = std::int8_t{-1};
  model.flow.thickstrt = true;
  model.start_heads.assign(model.grid.cells(), 14);
  model.packages.push_back(package(PackageKind::chd, {0, 29}, {{15.0}, {12.0}}));
  model.packages.push_back(package(PackageKind::wel, {12}, {{-3.0}}));
  model.solver.outer_dvclose = 1e-9;
  Model newton = model;
  newton.newton.enabled = true;
  Simulation picard(std::move(model));
  Simulation turned(std::move(newton));
  ASSERT_EQ(picard.advance().status, StepStatus::converged);
  const StepReport& report = turned.advance();
  ASSERT_EQ(report.status, StepStatus::converged) << report.message;
  EXPECT_LT(std::abs(report.balance_percent), 1e-4);
  const FaceFlows a = picard.face_flows();
  const FaceFlows b = turned.face_flows();
  for (std::size_t n = 0; n < a.right.size(); ++n) {
    EXPECT_NEAR(turned.heads()[n], picard.heads()[n], 1e-7) << n;
    EXPECT_NEAR(b.right[n], a.right[n], 1e-7) << n;
    EXPECT_NEAR(b.front[n], a.front[n], 1e-7) << n;
  }
  EXPECT_GT(a.right[0], 0);
}

TEST(Newton, BacktrackingThatIsAskedForActsAndLeadsToTheSameFlow) {
  int with_it = 0;
  int without = 0;
  for (const int ncol : {50, 200}) {
    for (const double downstream : {1.0, 10.0}) {
      double flow[2];
      for (const bool backtracking : {false, true}) {
        Model model = staircase(ncol, 5, downstream);
        model.start_heads.assign(model.start_heads.size(), 40.0);
        model.solver.backtracking = backtracking;
        model.solver.backtracking_number = 20;
        model.solver.backtracking_tolerance = 1.05;
        model.solver.backtracking_reduction_factor = 0.1;
        model.solver.backtracking_residual_limit = 0.002;
        Simulation simulation(std::move(model));
        const StepReport& report = simulation.advance();
        ASSERT_EQ(report.status, StepStatus::converged) << report.message;
        flow[backtracking ? 1 : 0] = simulation.face_flows().right[0];
        (backtracking ? with_it : without) += report.outer_iterations;
      }
      EXPECT_NEAR(flow[0], flow[1], 1e-6 * flow[0]);
    }
  }
  EXPECT_NE(with_it, without);
}

// Recharge on a lens of low conductivity in an unsaturated pile of layers; the water table far below.
Model perched(int nlay, int ncol, double lens, double recharge) {
  Model model = block(nlay, 1, ncol, 100, 2000, 2000.0 / nlay);
  std::vector<double> k(model.grid.cells(), 1.0);
  const int level = nlay / 2;
  for (int j = ncol * 3 / 10; j < ncol * 6 / 10; ++j)
    k[static_cast<std::size_t>(model.grid.cell(level, 0, j))] = lens;
  model.flow.k = std::move(k);
  use_newton(model);
  model.start_heads.assign(model.grid.cells(), 500.0);
  std::vector<CellIndex> held;
  std::vector<std::vector<double>> heads;
  for (int layer = 0; layer < nlay; ++layer) {
    const CellIndex left = model.grid.cell(layer, 0, 0);
    if (model.grid.botm[static_cast<std::size_t>(left)] >= 600) continue;
    held.push_back(left);
    heads.push_back({600});
    held.push_back(model.grid.cell(layer, 0, ncol - 1));
    heads.push_back({590});
  }
  std::vector<CellIndex> top;
  for (int j = ncol * 3 / 10; j < ncol * 6 / 10; ++j) top.push_back(model.grid.cell(0, 0, j));
  model.packages.push_back(package(PackageKind::chd, held, heads));
  model.packages.push_back(
      package(PackageKind::rch, top, std::vector<std::vector<double>>(top.size(), {recharge})));
  return model;
}

TEST(Newton, SolvesPerchedWaterOverADeepTable) {
  for (const int nlay : {8, 20}) {
    for (const double lens : {1e-3, 1e-6}) {
      Simulation simulation(perched(nlay, 40, lens, 1e-4));
      const StepReport& report = simulation.advance();
      ASSERT_EQ(report.status, StepStatus::converged) << nlay << " " << lens << ": " << report.message;
      EXPECT_LE(report.inner_iterations, 2500) << nlay << " " << lens;
      // All recharge leaves at the held heads, whose own exchange is the rest.
      EXPECT_LT(std::abs(report.balance_percent), 1e-3);
      const Grid& grid = simulation.model().grid;
      const auto on_lens = static_cast<std::size_t>(grid.cell(nlay / 2 - 1, 0, 16));
      if (lens < 1e-5) {
        EXPECT_GT(simulation.heads()[on_lens], grid.botm[on_lens]) << "no water on the lens";
      }
    }
  }
}

// Drains near the bottom of four layers go on and off with the heads around them: without damping the iterations
// end in a circle.
TEST(Newton, LeavesCirclesOfDrainsThatGoOnAndOff) {
  for (const double conductance : {10.0, 100.0, 500.0}) {
    Model model = block(4, 15, 15, 50, 0, 10);
    use_newton(model);
    model.start_heads.assign(model.grid.cells(), -1.0);
    std::vector<CellIndex> drains, sides;
    std::vector<std::vector<double>> drained, held;
    for (int layer = 0; layer < 4; ++layer) {
      for (int i = 5; i < 10; ++i) {
        for (int j = 5; j < 10; ++j) {
          drains.push_back(model.grid.cell(layer, i, j));
          drained.push_back({-10.0 * (layer + 1) + 0.5, conductance});
        }
      }
      for (int i = 0; i < 15; ++i) {
        sides.push_back(model.grid.cell(layer, i, 0));
        held.push_back({-1.0, 5.0});
      }
    }
    model.packages.push_back(package(PackageKind::drn, drains, drained));
    model.packages.push_back(package(PackageKind::ghb, sides, held));
    Simulation simulation(std::move(model));
    const StepReport& report = simulation.advance();
    ASSERT_EQ(report.status, StepStatus::converged) << conductance << ": " << report.message;
    EXPECT_LT(std::abs(report.balance_percent), 1e-3);
  }
}

}  // namespace
}  // namespace phreatic::flow::testing
