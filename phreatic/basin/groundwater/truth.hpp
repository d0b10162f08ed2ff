// SPDX-License-Identifier: BSD-3-Clause
// True contributions and their ceiling in a basin with groundwater. The game is that of truth.hpp with the
// whole basin as the simulator: a coalition switches its drivers at every station and district at once,
// because what falls or is pumped elsewhere moves a well's level too, and so one run gives the values of that
// coalition at all wells.
//
// Cost: per date and reference window 2^groups - 1 runs of look_back_days (groups whose drivers do not differ
// are free), and one run per date for all groups together. So that it stays affordable only
// BasinParams::grid.truth_dates dates, evenly chosen from those asked for, are computed, each against at most
// truth_references windows, evenly chosen from those that the date's tasks name; tasks of other dates get
// NaN. Of a reference window only the dates count, not the well.
#pragma once

#include "phreatic/basin/groundwater/run.hpp"
#include "phreatic/basin/truth/ceiling.hpp"
#include "phreatic/basin/truth/truth.hpp"

namespace phreatic::basin {

// As true_contributions(), which calls it for a basin with groundwater. Throws InputError for
// InitialState::neutral.
std::vector<Contribution> groundwater_contributions(const Basin& basin, std::span<const TruthTask> tasks,
                                                    std::span<const DriverGroup> groups,
                                                    const TruthParams& p);

// As simulator_expected_gradients(), on the same dates and references: (2 alphas groups + 1) runs for each.
std::vector<Contribution> groundwater_expected_gradients(const Basin& basin, std::span<const TruthTask> tasks,
                                                         std::span<const DriverGroup> groups,
                                                         const CeilingParams& p);

}  // namespace phreatic::basin
