// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "phreatic/data/panel.hpp"
#include "phreatic/report/figures.hpp"

namespace phreatic::studies::wells {

// A dot of a map with the name of entity `e`, at its place where places are known (`places` may be empty).
report::MapPoint point_of(const std::vector<std::string>& entities, const std::vector<data::Place>& places,
                          std::size_t e);

}  // namespace phreatic::studies::wells
