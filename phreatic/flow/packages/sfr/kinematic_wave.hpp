// SPDX-License-Identifier: BSD-3-Clause
// The kinematic wave in a reach (ponce1989, in the form of MODFLOW 6.6): continuity dQ/dx + dA/dt = q with Manning's equation between flow Q
// and wet area A, in a box of the reach's length l and the step's length dt. a, b: upstream and downstream end at the start of
// the step, c, d: at its end; w the weight of the end of the step; S what comes in along the reach, L what leaks:
//   Courant number <= 1:  w (Qd - Qc) + (1 - w)(Qb - Qa) + l / (2 dt) ((Ad - Ab) + (Ac - Aa)) = S - L
//   above 1:              Qd - Qc + l / dt (Ac - Aa) = S - L
// The Courant number is dQ/dA dt / l at the flow Qc + S - L. L is that of the mean of the depths at c and d.
#pragma once

#include <functional>

#include "phreatic/flow/packages/sfr/reach.hpp"

namespace phreatic::flow {

struct WaveReach {
  double length = 0;  // (L)
  ReachStorage before;
  double inflow = 0;   // Qc, into the upstream end (L3/T)
  double sources = 0;  // Qc + S: all that comes in but leakage (L3/T), 0 or more
  bool gains = false;  // the aquifer stands above the bed
};

struct WaveRelations {
  std::function<double(double)> depth_of_flow;
  std::function<double(double)> area_of_depth;
  std::function<double(double)> leakage_of_depth;  // at most the sources (L3/T)
};

struct KinematicWave {
  double outflow = 0;  // Qd, 0 or more
  double depth = 0;    // mean of both ends
  double by_head =
      1;  // d leakage / d head at the outflow that follows from the head, in part of that at a fixed depth
};

KinematicWave kinematic_wave(const WaveReach& reach, const WaveRelations& relations);

}  // namespace phreatic::flow
