// SPDX-License-Identifier: BSD-3-Clause
// The engine against closed-form solutions.
#include <gtest/gtest.h>

#include <cmath>

#include "orders.hpp"

namespace phreatic::flow::testing {
namespace {

// Widths that grow from a centre cell by a factor.
std::vector<double> growing(double first, double factor, int each_side) {
  std::vector<double> widths{first};
  double width = first;
  for (int i = 0; i < each_side; ++i) {
    width *= factor;
    widths.insert(widths.begin(), width);
    widths.push_back(width);
  }
  return widths;
}

double centre(const std::vector<double>& widths, std::size_t i) {
  double x = 0.5 * widths[i];
  for (std::size_t j = 0; j < i; ++j) x += widths[j];
  return x;
}

// Theis' well function by series and continued fraction.
double well_function(double u) { return -std::expint(-u); }

// Hantush's leaky well function by numerical integration of exp(-y - r^2/(4 B^2 y)) / y over y > u.
double leaky_well_function(double u, double r_over_b) {
  const int n = 20000;
  const double low = std::log(u);
  const double high = std::log(u + 60);
  double sum = 0;
  for (int i = 0; i < n; ++i) {
    const double y = std::exp(low + (high - low) * (i + 0.5) / n);
    sum += std::exp(-y - r_over_b * r_over_b / (4 * y));
  }
  return sum * (high - low) / n;
}

double run_to_end(Simulation& simulation) {
  double worst = 0;
  while (!simulation.finished()) {
    const StepReport& report = simulation.advance();
    EXPECT_EQ(report.status, StepStatus::converged) << report.message;
    worst = std::max(worst, std::abs(report.balance_percent));
  }
  return worst;
}

struct PumpingTest {
  std::vector<double> widths = growing(1, 1.15, 55);
  double transmissivity = 300;  // m2/d
  double storativity = 5e-4;
  double rate = 1000;  // m3/d
  double days = 1;

  // Drawdown in the well's row, by distance; leakage (1/d) through a bed to a constant head.
  std::vector<std::pair<double, double>> run(int steps, double leakage) const {
    Model model = block(1, widths, widths, 0, 10);
    model.flow.k = transmissivity / 10;
    make_transient(model, days, steps, 1.1, storativity / 10, 0, false);
    const int middle = static_cast<int>(widths.size() / 2);
    const CellIndex well = model.grid.cell(0, middle, middle);
    model.packages.push_back(package(PackageKind::wel, {well}, {{-rate}}));
    if (leakage > 0) {
      std::vector<CellIndex> cells;
      std::vector<std::vector<double>> rows;
      for (std::size_t n = 0; n < model.grid.cells(); ++n) {
        cells.push_back(static_cast<CellIndex>(n));
        rows.push_back({0.0, leakage * model.grid.area(n)});
      }
      model.packages.push_back(package(PackageKind::ghb, cells, rows));
    }
    Simulation simulation(std::move(model));
    EXPECT_LE(run_to_end(simulation), 1e-2);
    std::vector<std::pair<double, double>> drawdown;
    const double here = centre(widths, static_cast<std::size_t>(middle));
    for (int j = middle + 8; j < static_cast<int>(widths.size()) - 12; ++j) {
      const auto cell = static_cast<std::size_t>(simulation.model().grid.cell(0, middle, j));
      drawdown.emplace_back(centre(widths, static_cast<std::size_t>(j)) - here, -simulation.heads()[cell]);
    }
    return drawdown;
  }
};

TEST(Analytic, Theis) {
  const PumpingTest test;
  for (const auto& [r, s] : test.run(60, 0)) {
    if (r < 10 || r > 400) continue;
    const double u = r * r * test.storativity / (4 * test.transmissivity * test.days);
    const double exact = test.rate / (4 * M_PI * test.transmissivity) * well_function(u);
    EXPECT_NEAR(s, exact, 0.01 * 2.0) << "at " << r << " m";
  }
}

TEST(Analytic, HantushLeaky) {
  const PumpingTest test;
  const double leakage = 1 / 250.0;
  const double factor = std::sqrt(test.transmissivity / leakage);
  for (const auto& [r, s] : test.run(60, leakage)) {
    if (r < 10 || r > 400) continue;
    const double u = r * r * test.storativity / (4 * test.transmissivity * test.days);
    const double exact = test.rate / (4 * M_PI * test.transmissivity) * leaky_well_function(u, r / factor);
    EXPECT_NEAR(s, exact, 0.02) << "at " << r << " m";
  }
}

// Dupuit parabola between two fixed heads with recharge: h^2 = h1^2 - (h1^2 - h2^2) x/L + (w/K) (L - x) x.
class Dupuit : public ::testing::TestWithParam<bool> {};
TEST_P(Dupuit, Parabola) {
  const int cells = 101;
  const double width = 10;
  Model model = block(1, 1, cells, width, 100, 100);
  model.flow.icelltype = std::int8_t{1};
  model.flow.k = 5.0;
  model.newton.enabled = GetParam();
  model.start_heads.assign(model.grid.cells(), 20.0);
  model.packages.push_back(package(PackageKind::chd, {0, cells - 1}, {{20}, {10}}));
  std::vector<CellIndex> all;
  for (int j = 1; j + 1 < cells; ++j) all.push_back(j);
  const double recharge = 0.001;
  model.packages.push_back(
      package(PackageKind::rch, all, std::vector<std::vector<double>>(all.size(), {recharge})));
  Simulation simulation(std::move(model));
  EXPECT_LE(run_to_end(simulation), 1e-3);
  const double length = width * (cells - 1);
  double worst = 0;
  for (int j = 0; j < cells; ++j) {
    const double x = width * j;
    const double exact = std::sqrt(400 - 300 * x / length + recharge / 5.0 * (length - x) * x);
    worst = std::max(worst, std::abs(simulation.heads()[static_cast<std::size_t>(j)] - exact));
  }
  EXPECT_LE(worst, GetParam() ? 0.15 : 0.01);  // upstream weighting is of first order
}
INSTANTIATE_TEST_SUITE_P(Formulations, Dupuit, ::testing::Bool());

// Glover and Balmer: depletion of a straight stream by a well at distance a: q/Q = erfc(a sqrt(S / (4 T t))).
TEST(Analytic, StreamDepletion) {
  const int columns = 121;
  const int rows = 201;
  const double width = 20;
  Model model = block(1, rows, columns, width, 0, 20);
  const double transmissivity = 400;
  const double storativity = 0.05;
  model.flow.k = transmissivity / 20;
  make_transient(model, 20, 40, 1.05, storativity / 20, 0, false);
  std::vector<CellIndex> stream;
  for (int i = 0; i < rows; ++i) stream.push_back(model.grid.cell(0, i, 0));
  model.packages.push_back(
      package(PackageKind::chd, stream, std::vector<std::vector<double>>(stream.size(), {0.0})));
  const int at = 15;
  model.packages.push_back(package(PackageKind::wel, {model.grid.cell(0, rows / 2, at)}, {{-500}}));
  Simulation simulation(std::move(model));
  run_to_end(simulation);
  const double distance = width * at;
  const double exact = 500 * std::erfc(distance * std::sqrt(storativity / (4 * transmissivity * 20)));
  EXPECT_NEAR(simulation.package_flows().front().inflow, exact, 0.02 * 500);
}

// Glover's growth of a ground-water mound under a long recharging strip of half width a, linear in the head
// change: Carslaw and Jaeger's solution for a strip source in an infinite medium.
TEST(Analytic, StripMound) {
  const int cells = 601;
  const double width = 5;
  const double transmissivity = 200;
  const double storativity = 0.2;
  const double rate = 0.05;
  const double days = 30;
  Model model = block(1, 1, cells, width, 0, 20);
  model.flow.k = transmissivity / 20;
  make_transient(model, days, 120, 1.02, storativity / 20, 0, false);
  std::vector<CellIndex> basin;
  const int middle = cells / 2;
  for (int j = middle - 10; j <= middle + 10; ++j) basin.push_back(j);
  model.packages.push_back(
      package(PackageKind::rch, basin, std::vector<std::vector<double>>(basin.size(), {rate})));
  Simulation simulation(std::move(model));
  run_to_end(simulation);
  const double half = 10.5 * width;
  const auto mound = [&](double x) {  // integral over time of the spreading of a strip
    const int n = 4000;
    double sum = 0;
    for (int i = 0; i < n; ++i) {
      const double t = days * (i + 0.5) / n;
      const double spread = std::sqrt(4 * transmissivity * t / storativity);
      sum += 0.5 * (std::erf((half - x) / spread) + std::erf((half + x) / spread));
    }
    return rate / storativity * sum * days / n;
  };
  for (const int j : {0, 5, 10, 20, 40, 80}) {
    EXPECT_NEAR(simulation.heads()[static_cast<std::size_t>(middle + j)], mound(width * j), 0.01 * mound(0));
  }
}

// Error of a steady confined flow with a smooth source falls with the square of the cell width.
TEST(Analytic, SecondOrderInSpace) {
  EXPECT_NEAR(std::log2(smooth_source_error(32) / smooth_source_error(64)), 2, 0.1);
  EXPECT_NEAR(std::log2(smooth_source_error(64) / smooth_source_error(128)), 2, 0.1);
}

// Implicit Euler: the error of a reservoir that drains through a conductance falls with the step.
TEST(Analytic, FirstOrderInTime) {
  EXPECT_NEAR(std::log2(drainage_error(20) / drainage_error(40)), 1, 0.05);
  EXPECT_NEAR(std::log2(drainage_error(40) / drainage_error(80)), 1, 0.05);
}

}  // namespace
}  // namespace phreatic::flow::testing
