// SPDX-License-Identifier: BSD-3-Clause
// Groups of wells beside each other, for the page of `phreatic analyse`: boxes over the places of each group, quartiles
// as a table.
#pragma once

#include <vector>

#include "phreatic/report/figures.hpp"
#include "phreatic/studies/wells/groups.hpp"

namespace phreatic::studies::wells {

// Correlation of each driver (six at most) with the places of each group, at the lag where the median over all places is
// strongest.
report::Figure lag_boxes(const Analysis& analysis, const WellGroups& groups);

// Of other targets' series and the drivers that go best with the places, four in all: correlation at every lag, a box for
// each group.
std::vector<report::Figure> boxes_by_lag(const Analysis& analysis, const WellGroups& groups);

// Of other targets' series, three at most: correlation with every place at every lag, places by group.
std::vector<report::Figure> lags_of_places(const Analysis& analysis, const WellGroups& groups);

// Permutation entropy at the places of each group.
report::Figure entropy_boxes(const Analysis& analysis, const WellGroups& groups);

// NSE and R2 of the run's network at the places of each group: boxes, and a table of quartiles.
std::vector<report::Figure> skill_by_group(const Analysis& analysis, const WellGroups& groups);

// Month lag (0 ... kLagMonths) at which the median of Pearson's r over all places is strongest.
std::size_t strongest_lag(const Analysis& analysis, const std::string& driver);

}  // namespace phreatic::studies::wells
