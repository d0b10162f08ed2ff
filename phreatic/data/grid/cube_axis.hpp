// SPDX-License-Identifier: BSD-3-Clause
// An axis of a cube by the CF conventions.
#pragma once

#include <string>
#include <vector>

namespace phreatic::data {

struct CubeAxis {
  std::string name, units, standard_name, letter;
  std::vector<double> centres, bounds;
};
// edges: of the cells, one more than cells. x: the axis of columns.
CubeAxis cube_axis(const std::vector<double>& edges, bool geographic, bool x);

}  // namespace phreatic::data
