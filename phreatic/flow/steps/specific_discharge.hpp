// SPDX-License-Identifier: BSD-3-Clause
// Specific discharge at cell centres from the flows over their faces (langevin2017; as MODFLOW 6.6 writes DATA-SPDIS): in each
// direction the mean, over the faces with a neighbour, of flow over wet area. The wet thickness of a face is the mean of
// both cells', under Newton that of the cell with the higher head.
#pragma once

#include <vector>

#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow {

struct SpecificDischarge {
  std::vector<double> x;  // [cells] along rows, to the right (L/T)
  std::vector<double> y;  // [cells] along columns, to the back: against the row numbers
  std::vector<double> z;  // [cells] upwards
};

// Of the last step; 0 in inactive and dry cells.
SpecificDischarge specific_discharge(const Simulation& simulation);

}  // namespace phreatic::flow
