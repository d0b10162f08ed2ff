// SPDX-License-Identifier: BSD-3-Clause
// How fast stored water drains: S(t) = S0 exp(-k t) by a robust line through log S (docs/methods/recharge.md).
#pragma once

#include <span>
#include <string>

#include "phreatic/studies/recharge/scenarios/two_phases.hpp"
#include "phreatic/studies/recharge/settings.hpp"

namespace phreatic::studies::recharge {

enum class DecayStatus {
  fitted,
  no_storage,      // S0 <= 0
  too_few_points,  // above smallest_share of S0, before the first S <= 0
  no_decay,        // the line does not fall
};

struct Decay {
  DecayStatus status = DecayStatus::fitted;
  double s0 = 0;         // m3, storage at the end of recharge
  double k = 0;          // 1/d
  double intercept = 0;  // of log S, S in m3
  double r2 = 0;         // squared correlation of log S and t over the points used
  double half_life_days = 0;
  std::size_t points = 0;   // used
  double stopped_day = -1;  // day of the first S <= 0; -1: none
  bool exponential = true;  // r2 is not below exponential_r2
  TwoPhases phases;         // of TargetParams::two_phases, over the same points
};

// days [n] after the end of recharge, the first 0; storage_m3 [n].
Decay fit_decay(std::span<const double> days, std::span<const double> storage_m3, const TargetParams& params);

// "" when fitted without remark; otherwise what is to be told.
std::string remark(const Decay& decay);

}  // namespace phreatic::studies::recharge
