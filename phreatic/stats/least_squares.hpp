// SPDX-License-Identifier: BSD-3-Clause
// Nonlinear least squares within bounds: Levenberg-Marquardt (marquardt1963) with forward differences.
//   (J'J + mu D) step = -J'r,  D = diag(J'J); parameters at a bound that the step would cross stand still.
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace phreatic::stats {

struct LeastSquaresProblem {
  // Fills `residuals` (its size is fixed) at x. A residual that is not finite makes the step be refused.
  std::function<void(std::span<const double> x, std::span<double> residuals)> residuals;
  // Optional: told the points that residuals are asked at next, for work on them that is quicker together.
  std::function<void(const std::vector<std::vector<double>>& points)> prepare;
  std::size_t residual_count = 0;
  std::vector<double> lower;
  std::vector<double> upper;
};

struct LeastSquaresParams {
  int max_iterations = 60;
  double cost_tolerance = 1e-9;  // relative fall of the cost by an accepted step
  double step_tolerance = 1e-7;  // largest change of a parameter, relative to max(1, |x|)
  double difference = 1e-5;      // forward difference, relative to max(1, |x|)
};

struct LeastSquaresResult {
  std::vector<double> x;
  double cost = 0;  // sum of squared residuals; infinite when already the start has none
  int iterations = 0;
  bool converged = false;  // false: max_iterations reached or no finite start
};

// `start` is moved into the bounds first. Parameters should be scaled to about 1 (logarithms, for instance).
LeastSquaresResult least_squares(const LeastSquaresProblem& problem, std::vector<double> start,
                                 const LeastSquaresParams& params = {});

// min |y - Z b|^2 with b_j >= 0 where nonnegative[j]: the best of the solutions on all sets of free
// coefficients (meant for a few columns; at most 16 may be bounded). Z is [column][row]. Columns that are
// zero or depend on others get what a least-norm solution gives.
std::vector<double> nonnegative_least_squares(const std::vector<std::vector<double>>& columns,
                                              std::span<const double> y,
                                              const std::vector<bool>& nonnegative);

}  // namespace phreatic::stats
