// SPDX-License-Identifier: BSD-3-Clause
// What MODFLOW 6 refuses in the bounds of a package because it is a wrong datum or unit, though each number is in
// its range: heads and elevations under the bottom of a convertible cell, a river's stage under its bottom,
// depth fractions of evapotranspiration that fall. NOCHECK of the simulation name file turns off what concerns the
// cells; fractions and two fixed heads in one cell are always refused.
#pragma once

#include <functional>
#include <string>

#include "phreatic/flow/mf6/packages.hpp"
#include "phreatic/flow/mf6/text/lists.hpp"

namespace phreatic::flow::mf6 {

// "" or what is wrong with one bound; `values` are the columns of the list, values and then aux.
using BoundCheck = std::function<std::string(CellIndex cell, const std::vector<double>& values)>;

// The check of a package's bounds. `multiplier`: the aux column (counted from the first aux) that multiplies the
// head of a CHD; -1: none. The state must outlive it.
BoundCheck make_bound_check(const ReadState& state, const Package& package, int value_columns,
                            int multiplier);

// A list whose values come from time series, checked at every step from `first_period` on, until `last_period`
// (0-based, not included).
void check_series_bounds(Context& context, const ReadState& state, const BoundCheck& check,
                         const SeriesSet& series, const BoundList& list, const Place& place,
                         const std::string& where, int first_period, int last_period);

// Two fixed heads in one cell, in one package or two, period by period as MODFLOW 6 takes the lists.
void check_fixed_heads(Context& context, const ReadState& state);

}  // namespace phreatic::flow::mf6
