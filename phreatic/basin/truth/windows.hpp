// SPDX-License-Identifier: BSD-3-Clause
// Shared by truth and ceiling: windows of a basin as forcing and starting state, with their checks.
#pragma once

#include <span>

#include "phreatic/basin/truth/truth.hpp"

namespace phreatic::basin {

Forcing window_forcing(const Basin& basin, Window window, int look_back_days);
WellState window_state(const Basin& basin, Window window, const TruthParams& p, const WellModel& model);

// group_of[driver] = index of its group, or groups.size() for none. Throws InputError when it is in two.
std::array<std::size_t, kDriverCount> group_of_driver(std::span<const DriverGroup> groups);

void check_tasks(const Basin& basin, std::span<const TruthTask> tasks, const TruthParams& p);

}  // namespace phreatic::basin
