// SPDX-License-Identifier: BSD-3-Clause
// Specific discharge on unequal columns and rows against MODFLOW 6's (stored by tests/reference/flow/make_spdis.py).
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <sstream>

#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"
#include "phreatic/flow/steps/simulation.hpp"
#include "phreatic/flow/steps/specific_discharge.hpp"
#include "small_model.hpp"

namespace phreatic::flow::mf6 {
namespace {

struct Compared {
  Grid grid;
  SpecificDischarge ours;
  std::map<std::size_t, std::array<double, 3>> reference;  // by cell
};

Compared compared(const char* name) {
  const std::string stem = std::string("tests/reference/flow/spdis/") + name;
  ReadResult read = read_simulation({"nowhere", "mfsim.nam", small_model::parts_of(stem + ".txt")});
  EngineOptions tight;
  tight.head_tolerance = 1e-11;
  tight.balance_tolerance = 1e-11;
  Simulation simulation(std::move(read.model), tight);
  EXPECT_EQ(simulation.advance().status, StepStatus::converged);
  Compared out{simulation.model().grid, specific_discharge(simulation), {}};
  std::istringstream in(core::read_file(stem + ".csv"));
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::size_t cell = 0;
    std::array<double, 3> q{};
    EXPECT_EQ(std::sscanf(line.c_str(), "%zu,%lf,%lf,%lf", &cell, &q[0], &q[1], &q[2]), 4);
    out.reference[cell - 1] = q;
  }
  return out;
}

class UnevenLayers : public ::testing::TestWithParam<const char*> {};

TEST_P(UnevenLayers, SpecificDischargeIsThatOfModflow) {
  const Compared of = compared(GetParam());
  ASSERT_GT(of.reference.size(), 130U);
  for (const auto& [n, q] : of.reference) {
    const double limit = 1e-6 * std::hypot(q[0], q[1], q[2]);
    EXPECT_NEAR(of.ours.x[n], q[0], limit) << "cell " << n + 1;
    EXPECT_NEAR(of.ours.y[n], q[1], limit) << "cell " << n + 1;
    EXPECT_NEAR(of.ours.z[n], q[2], limit) << "cell " << n + 1;
  }
}

INSTANTIATE_TEST_SUITE_P(Reference, UnevenLayers,
                         ::testing::Values("confined_newton", "thickstrt", "pass_through"),
                         [](const auto& of) { return std::string(of.param); });

class SpecificDischargeOf : public ::testing::TestWithParam<const char*> {};

TEST_P(SpecificDischargeOf, UnequalCellsIsThatOfModflow) {
  const auto [grid, ours, reference] = compared(GetParam());
  ASSERT_EQ(reference.size(), 68U);
  // Ours is the mean over two faces, as later versions of MODFLOW 6 weight them (by the cell's own distances to its
  // faces, which are equal). 6.2.1 took the distances of the cell with the smaller number for both: what it gives
  // follows from our means and the flow over the first face of a row.
  const auto columns = static_cast<std::size_t>(grid.ncol);
  double left = 0;  // over the left face
  for (std::size_t n = 0; n < grid.cells(); ++n) {
    const bool has_left = n % columns > 0 && grid.idomain[n - 1] > 0;
    const bool has_right = n % columns + 1 < columns && grid.idomain[n + 1] > 0;
    if (grid.idomain[n] <= 0) continue;
    const std::array<double, 3>& q = reference.at(n);
    const double size = std::hypot(q[0], q[1], q[2]);
    const double right = has_left && has_right ? 2 * ours.x[n] - left : ours.x[n];
    double expected = ours.x[n];
    if (has_left && has_right) {
      const double own = grid.delr[n % columns];
      const double weight = own / (own + grid.delr[n % columns - 1]);
      expected = weight * left + (1 - weight) * right;
    }
    left = right;
    EXPECT_NEAR(expected, q[0], 1e-6 * size) << "cell " << n + 1;
    EXPECT_NEAR(ours.z[n], q[2], 1e-6 * size) << "cell " << n + 1;
    const std::size_t row = n % grid.layer_cells() / columns;
    if (row == 0 || row + 1 == static_cast<std::size_t>(grid.nrow)) {
      EXPECT_NEAR(ours.y[n], q[1], 1e-6 * size) << "cell " << n + 1;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Reference, SpecificDischargeOf, ::testing::Values("picard", "newton"),
                         [](const auto& of) { return std::string(of.param); });

}  // namespace
}  // namespace phreatic::flow::mf6
