// SPDX-License-Identifier: BSD-3-Clause
// What places have to do with their series, for the page of `phreatic analyse`: static attributes (the distance to the
// river ...) against entropy, memory and skill; the skill of a run on the map.
#pragma once

#include <vector>

#include "phreatic/report/figures.hpp"
#include "phreatic/studies/wells/groups.hpp"

namespace phreatic::studies::wells {

report::Figure relation_table(const Analysis& analysis);

// Dots, fitted line and its 95 % band of distances to rivers (attributes whose name says so) and of the strongest other
// relations, six in all.
std::vector<report::Figure> relation_scatters(const Analysis& analysis, const WellGroups& groups);

// R2 of the run's network at every place.
report::Figure skill_map(const Analysis& analysis);

}  // namespace phreatic::studies::wells
