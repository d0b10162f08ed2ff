// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/least_squares.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace phreatic::stats {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// NIST Statistical Reference Datasets, Misra1a: y = b1 (1 - exp(-b2 x)), certified to 11 digits.
TEST(LeastSquares, NistMisra1a) {
  const std::array<double, 14> x{77.6,  114.9, 141.1, 190.8, 239.9, 289.0, 332.8,
                                 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0};
  const std::array<double, 14> y{10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02,
                                 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78};
  LeastSquaresProblem problem;
  problem.residual_count = x.size();
  problem.lower = {-kInf, -kInf};
  problem.upper = {kInf, kInf};
  // The second parameter in 1e-4, so that both are of the order the differences expect.
  problem.residuals = [&](std::span<const double> b, std::span<double> r) {
    for (std::size_t i = 0; i < x.size(); ++i) r[i] = y[i] - b[0] * (1 - std::exp(-1e-4 * b[1] * x[i]));
  };
  for (const auto& start : {std::vector<double>{500, 1}, {250, 5}}) {
    const auto result = least_squares(problem, start, {.max_iterations = 200, .cost_tolerance = 1e-14});
    EXPECT_TRUE(result.converged);
    EXPECT_NEAR(result.x[0], 2.3894212918e+02, 2e-3);
    EXPECT_NEAR(result.x[1], 5.5015643181, 5e-5);
    EXPECT_NEAR(result.cost, 1.2455138894e-01, 1e-9);
  }
}

TEST(LeastSquares, RosenbrockFreeAndAtABound) {
  LeastSquaresProblem problem;
  problem.residual_count = 2;
  problem.lower = {-5, -5};
  problem.upper = {5, 5};
  problem.residuals = [](std::span<const double> x, std::span<double> r) {
    r[0] = 10 * (x[1] - x[0] * x[0]);
    r[1] = 1 - x[0];
  };
  const auto free = least_squares(problem, {-1.2, 1}, {.max_iterations = 500});
  EXPECT_NEAR(free.x[0], 1, 1e-4);
  EXPECT_NEAR(free.x[1], 1, 2e-4);
  // With x1 <= 0.5 the optimum is (0.5, 0.25), cost 0.25.
  problem.upper = {0.5, 5};
  const auto bounded = least_squares(problem, {-1.2, 1}, {.max_iterations = 500});
  EXPECT_NEAR(bounded.x[0], 0.5, 1e-6);
  EXPECT_NEAR(bounded.x[1], 0.25, 1e-4);
  EXPECT_NEAR(bounded.cost, 0.25, 1e-6);
}

TEST(LeastSquares, StartIsMovedIntoBoundsAndNoFiniteStartIsSaid) {
  LeastSquaresProblem problem;
  problem.residual_count = 1;
  problem.lower = {0};
  problem.upper = {1};
  problem.residuals = [](std::span<const double> x, std::span<double> r) { r[0] = x[0] - 3; };
  const auto result = least_squares(problem, {9});
  EXPECT_EQ(result.x[0], 1);
  EXPECT_TRUE(result.converged);
  problem.residuals = [](std::span<const double>, std::span<double> r) { r[0] = NAN; };
  EXPECT_FALSE(least_squares(problem, {0.5}).converged);
}

TEST(NonnegativeLeastSquares, OptimalityConditionsHold) {
  // Kuhn-Tucker: free coefficients have zero gradient, those at 0 a gradient that would push them below.
  const std::vector<std::vector<double>> z{{1, 2, 3, 4}, {1, -1, 1, -1}, {0.5, 1, 1, 3}, {1, 1, 1, 1}};
  const std::vector<double> y{1, 4, -2, 0};
  const std::vector<bool> nonnegative{true, true, true, false};
  const auto b = nonnegative_least_squares(z, y, nonnegative);
  std::size_t at_zero = 0;
  for (std::size_t j = 0; j < z.size(); ++j) {
    double gradient = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      double residual = -y[i];
      for (std::size_t k = 0; k < z.size(); ++k) residual += b[k] * z[k][i];
      gradient += residual * z[j][i];
    }
    if (b[j] == 0 && nonnegative[j]) {
      ++at_zero;
      EXPECT_GE(gradient, -1e-12);
    } else {
      EXPECT_NEAR(gradient, 0, 1e-12);
    }
  }
  EXPECT_GT(at_zero, 0U);
}

TEST(NonnegativeLeastSquares, ZeroColumnGetsZero) {
  const auto b = nonnegative_least_squares({{0, 0}, {1, 1}}, std::vector<double>{2, 4}, {true, false});
  EXPECT_EQ(b[0], 0);
  EXPECT_NEAR(b[1], 3, 1e-14);
}

}  // namespace
}  // namespace phreatic::stats
