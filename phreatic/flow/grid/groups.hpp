// SPDX-License-Identifier: BSD-3-Clause
// Connected groups of active cells, and which of them have a bound that depends on the head: in a steady step
// the level of the others is open.
#pragma once

#include <vector>

#include "phreatic/flow/model.hpp"

namespace phreatic::flow {

// [cells] the group of every active cell, named by its first cell; kNoCell where idomain <= 0. Cells of a column
// with pass-through cells between them are neighbours.
std::vector<CellIndex> connected_groups(const Grid& grid);

// [cells] at the first cell of each group: 1 where a bound of `values` (by package) depends on the head there.
std::vector<char> bounded_groups(const std::vector<CellIndex>& groups, const std::vector<Package>& packages,
                                 const std::vector<PackageValues>& values);

}  // namespace phreatic::flow
