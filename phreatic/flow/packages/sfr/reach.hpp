// SPDX-License-Identifier: BSD-3-Clause
// The balance of one reach in a step (langevin2017):
//   flow that leaves = upstream + inflow + rainfall - evaporation + runoff - leakage (+ out of storage: kinematic_wave.hpp)
// The depth d is that of Manning's equation for the flow at the middle of the reach, where half of rainfall, evaporation, runoff and
// leakage have come in:
//   Q(d) = upstream + inflow + (rainfall - evaporation + runoff) / 2 - L(d) / 2
// Leakage into the aquifer at head h, with bed conductivity k, thickness b, length l and wetted perimeter P(d):
//   L(d) = k l P(d) / b (top + d - max(h, top - b))
// Where that is more than what comes in, all of it seeps away at the stage that lets it, and nothing leaves downstream.
#pragma once

#include <optional>

#include "phreatic/flow/packages/sfr/section.hpp"

namespace phreatic::flow {

// A reach that holds water: the step and the flows at both ends of the reach when it began (kinematic_wave.hpp).
struct ReachStorage {
  double dt = 0;       // (T)
  double weight = 1;   // of the end of the step in flow along the reach
  double inflow = 0;   // into the upstream end (L3/T)
  double outflow = 0;  // (L3/T)
};

// A reach in a step, at an aquifer head.
struct ReachInput {
  const Reach* reach = nullptr;
  Section section{nullptr, 1};
  bool simple = false;     // its stage is given
  bool connected = false;  // to a wet cell that is not a fixed head
  double head = 0;         // of the cell (L)
  double stage = 0;        // of simple reaches (L)
  double bed_k = 0;        // (L/T)
  double manning = 1;      // c sqrt(i) / n: flow per conveyance
  double upstream = 0;     // (L3/T), this and the following
  double inflow = 0;
  double rainfall = 0;     // (L/T)
  double evaporation = 0;  // (L/T)
  double runoff = 0;       // (L3/T)
  std::optional<ReachStorage> storage;
};

struct ReachResult {
  double depth = 0;
  double rainfall = 0;  // (L3/T), this and the following
  double evaporation = 0;
  double runoff = 0;
  double leakage = 0;     // into the aquifer
  double downstream = 0;  // leaves the reach
  double storage = 0;     // out of storage in the reach
  double slope = 0;       // d leakage / d head, <= 0
};

ReachResult solve_reach(const ReachInput& in);

}  // namespace phreatic::flow
