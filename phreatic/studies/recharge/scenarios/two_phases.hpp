// SPDX-License-Identifier: BSD-3-Clause
// Storage that drains in two phases: S(t) = early exp(-k_early t) + late exp(-k_late t).
#pragma once

#include <span>

namespace phreatic::studies::recharge {

struct TwoPhases {
  bool there = false;  // two phases are told apart: each has at least 1 % of the storage at the start
  double k_early = 0, k_late = 0;  // 1/d, k_early > k_late; NaN where not there
  double share_early = 0;          // of the storage at the start
  double r2 = 0;                   // of log S
};

// days [n], storage_m3 [n] > 0, n >= 6. Least squares of relative errors: for every pair of coefficients on a grid the two
// volumes follow from a linear system (variable projection, key golub2003), then the grid is narrowed around the best pair.
TwoPhases fit_two_phases(std::span<const double> days, std::span<const double> storage_m3);

}  // namespace phreatic::studies::recharge
