// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/report/places.hpp"

namespace phreatic::studies::wells {

report::MapPoint point_of(const std::vector<std::string>& entities, const std::vector<data::Place>& places,
                          std::size_t e) {
  report::MapPoint point;
  point.entity = entities[e];
  if (e < places.size()) {
    point.x = places[e].longitude;
    point.y = places[e].latitude;
  }
  return point;
}

}  // namespace phreatic::studies::wells
