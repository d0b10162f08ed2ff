// SPDX-License-Identifier: BSD-3-Clause
// Groups of wells beside each other, for the page of `phreatic analyse`: every place a dot, quartiles as a table.
#pragma once

#include <vector>

#include "phreatic/report/figures.hpp"
#include "phreatic/studies/wells/groups.hpp"

namespace phreatic::studies::wells {

// Correlation of each driver (six at most) with the places of each group, at the lag where the median over all places is
// strongest.
report::Figure lag_strips(const Analysis& analysis, const WellGroups& groups);

// NSE of the run's network at the places of each group: dots, and a table of quartiles.
std::vector<report::Figure> skill_by_group(const Analysis& analysis, const WellGroups& groups);

// Month lag (0 ... kLagMonths) at which the median of Pearson's r over all places is strongest.
std::size_t strongest_lag(const Analysis& analysis, const std::string& driver);

}  // namespace phreatic::studies::wells
