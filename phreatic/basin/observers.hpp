// SPDX-License-Identifier: BSD-3-Clause
// What a logger makes of the true level: noise, gaps, and faults on demand. Values that were not observed are
// NaN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"

namespace phreatic::basin {

struct ObserverParams {
  int step_days = 1;  // an observation every so many days
  double noise_sd_m = 0.012;
  double gap_share = 0.02;  // of all days, in gaps
  double gap_days = 12;     // mean length
  double spikes_per_year = 0;
  double spike_m = 1.5;
  double jumps_per_year = 0;  // lasting shifts of the datum
  double jump_m = 0.4;
  double stuck_per_year = 0;  // spells with one and the same value
  double stuck_days = 20;
};
void describe(core::Describer& d, ObserverParams& p);

enum class FaultKind { spike, jump, stuck };
std::string to_text(FaultKind kind);

// One planted fault: days [first, first + days) of the series. A jump lasts to the end.
struct Fault {
  FaultKind kind = FaultKind::spike;
  std::size_t first = 0;
  std::size_t days = 1;
  double size_m = 0;
};

struct Observation {
  std::vector<double> level_m;  // [days], NaN = not observed
  std::vector<Fault> faults;    // by first day
};

Observation observe(const ObserverParams& p, std::span<const double> true_level_m, std::uint64_t seed,
                    std::uint64_t well);

}  // namespace phreatic::basin
