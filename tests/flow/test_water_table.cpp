// SPDX-License-Identifier: BSD-3-Clause
// The NEWTON form against closed-form water tables, and the mound under a rectangular basin.
#include <gtest/gtest.h>

#include <cmath>

#include "orders.hpp"

namespace phreatic::flow::testing {
namespace {

void run_to_end(Simulation& simulation) {
  while (!simulation.finished()) {
    const StepReport& report = simulation.advance();
    ASSERT_EQ(report.status, StepStatus::converged) << report.message;
    ASSERT_LE(std::abs(report.balance_percent), 1e-2);
  }
}

TEST(WaterTable, OrderOfTheNewtonFormIsOne) {
  EXPECT_NEAR(std::log2(dupuit_error(100, true) / dupuit_error(200, true)), 1, 0.15);
  EXPECT_NEAR(std::log2(dupuit_error(200, true) / dupuit_error(400, true)), 1, 0.15);
}

TEST(WaterTable, OrderOfThePicardFormIsTwo) {
  EXPECT_NEAR(std::log2(dupuit_error(50, false) / dupuit_error(100, false)), 2, 0.3);
  EXPECT_NEAR(std::log2(dupuit_error(100, false) / dupuit_error(200, false)), 2, 0.3);
}

// Uniform flow on a sloping base: a depth D everywhere carries K D slope, and upstream weighting is exact.
TEST(WaterTable, UniformFlowOnASlope) {
  const int cells = 60;
  const double slope = 0.05, depth = 2, width = 10, k = 8;
  Model model = block(1, 1, cells, width, 0, 10);
  for (int j = 0; j < cells; ++j) {
    model.grid.botm[static_cast<std::size_t>(j)] = -slope * width * j;
    model.grid.top[static_cast<std::size_t>(j)] = 10 - slope * width * j;
  }
  model.flow.icelltype = std::int8_t{1};
  model.flow.k = k;
  model.newton.enabled = true;
  for (int j = 0; j < cells; ++j) {
    model.start_heads[static_cast<std::size_t>(j)] = model.grid.top[static_cast<std::size_t>(j)];
  }
  const double end = depth - slope * width * (cells - 1);
  model.packages.push_back(package(PackageKind::chd, {0, cells - 1}, {{depth}, {end}}));
  Simulation simulation(std::move(model), kTight);
  run_to_end(simulation);
  for (int j = 0; j < cells; ++j) {
    EXPECT_NEAR(simulation.heads()[static_cast<std::size_t>(j)], depth - slope * width * j, 1e-5) << j;
  }
  EXPECT_NEAR(simulation.package_flows().front().inflow, k * depth * slope * width, 1e-4);
}

// Barenblatt's mound spreading over a dry level base (barenblatt1952), with a = K / Sy:
//   h(x, t) = t^(-1/3) max(0, c - x^2 / (6 a t^(2/3)))
struct Spreading {
  double a = 100;  // m/d
  double c = 10;
  double height(double x, double t) const {
    return std::max(0.0, c - x * x / (6 * a * std::pow(t, 2.0 / 3))) / std::cbrt(t);
  }
  double error(int cells, int steps) const {  // in part of the height
    const double width = 600.0 / cells;
    Model model = block(1, 1, cells, width, 20, 20);
    model.flow.icelltype = std::int8_t{1};
    model.flow.k = a * 0.2;
    model.newton.enabled = true;
    make_transient(model, 7, steps, 1.0, 0, 0.2, true);
    for (int j = 0; j < cells; ++j) {
      model.start_heads[static_cast<std::size_t>(j)] = height(width * (j + 0.5) - 300, 1);
    }
    const std::vector<double> start = model.start_heads;
    Simulation simulation(std::move(model), kTight);
    run_to_end(simulation);
    double worst = 0, before = 0, after = 0;
    for (int j = 0; j < cells; ++j) {
      const double h = std::max(0.0, simulation.heads()[static_cast<std::size_t>(j)]);
      worst = std::max(worst, std::abs(h - height(width * (j + 0.5) - 300, 8)));
      before += start[static_cast<std::size_t>(j)];
      after += h;
    }
    EXPECT_NEAR(after, before, 1e-3 * before);
    return worst / height(0, 8);
  }
};

TEST(WaterTable, MoundSpreadingOverADryBase) {
  const Spreading mound;
  const double coarse = mound.error(300, 200);
  const double fine = mound.error(600, 400);
  EXPECT_LE(fine, 0.03);
  EXPECT_LE(fine, 0.75 * coarse) << coarse;
}

// Hantush's mound under a rectangular basin (hantush1967), linear in the head change:
//   s = w / S int_0^t F(x, a, t') F(y, b, t') dt',   F = [erf((a - x) / l) + erf((a + x) / l)] / 2,
//   l = 2 sqrt(T t' / S)
TEST(Mound, RectangularBasin) {
  const int cells = 121;
  const double width = 10, transmissivity = 200, storativity = 0.2, rate = 0.05, days = 10;
  Model model = block(1, cells, cells, width, 0, 20);
  model.flow.k = transmissivity / 20;
  make_transient(model, days, 60, 1.04, storativity / 20, 0, false);
  const int middle = cells / 2, half_rows = 5, half_columns = 10;
  std::vector<CellIndex> basin;
  for (int i = middle - half_rows; i <= middle + half_rows; ++i) {
    for (int j = middle - half_columns; j <= middle + half_columns; ++j)
      basin.push_back(model.grid.cell(0, i, j));
  }
  model.packages.push_back(
      package(PackageKind::rch, basin, std::vector<std::vector<double>>(basin.size(), {rate})));
  Simulation simulation(std::move(model), kTight);
  run_to_end(simulation);
  const double a = (half_columns + 0.5) * width, b = (half_rows + 0.5) * width;
  const auto mound = [&](double x, double y) {
    const int n = 4000;
    double sum = 0;
    for (int i = 0; i < n; ++i) {
      const double l = 2 * std::sqrt(transmissivity * days * (i + 0.5) / n / storativity);
      sum += 0.25 * (std::erf((a - x) / l) + std::erf((a + x) / l)) *
             (std::erf((b - y) / l) + std::erf((b + y) / l));
    }
    return rate / storativity * sum * days / n;
  };
  for (const auto& [i, j] : {std::pair{0, 0}, {0, 8}, {4, 0}, {10, 10}, {0, 20}, {20, 0}, {25, 25}}) {
    const auto n = static_cast<std::size_t>((middle + i) * cells + middle + j);
    EXPECT_NEAR(simulation.heads()[n], mound(width * j, width * i), 0.01 * mound(0, 0)) << i << " " << j;
  }
}

}  // namespace
}  // namespace phreatic::flow::testing
