// SPDX-License-Identifier: BSD-3-Clause
// What surrogates learn: response and decay of every site, from the results of the runs.
#pragma once

#include <string>
#include <vector>

#include "phreatic/studies/recharge/page/tables.hpp"
#include "phreatic/studies/recharge/scenarios/decay.hpp"
#include "phreatic/studies/recharge/scenarios/simulate.hpp"

namespace phreatic::studies::recharge {

// A row for each site of `sites`: s0_m3 (by TargetParams::volume), aquifer_m3, water_m3, infiltrated_m3,
// normalised (aquifer volume over infiltrated water), efficiency (water stored over infiltrated), k_per_day,
// half_life_days, decay_intercept, decay_r2, decay_points, steady_m3, edge_share, overlap, largest_rise_m, k_early_per_day, k_late_per_day, share_early and
// two_phase_r2 (with TargetParams::two_phases), remark. Sites of failed runs
// have no numbers and say so.
Table targets_table(const std::vector<Site>& sites, const std::vector<RunResult>& runs,
                    const Schedule& schedule, const TargetParams& params);

// What is to be told about all of them, one line each: failed runs, overlaps, rises at the edge, odd decays.
std::vector<std::string> target_remarks(const Table& targets, const std::vector<RunResult>& runs,
                                        const TargetParams& params);

// day, then a column of storage (m3) for each site.
Table storage_table(const std::vector<Site>& sites, const std::vector<RunResult>& runs,
                    const Schedule& schedule, Volume volume);

}  // namespace phreatic::studies::recharge
