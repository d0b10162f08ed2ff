// SPDX-License-Identifier: BSD-3-Clause
// How much of each interval of one axis lies in each of another: the weights of conservative regridding between
// aligned grids are products of one by column and one by row. Method: docs/methods/grids.md.
#pragma once

#include <cstddef>
#include <vector>

#include "phreatic/data/grid/geogrid.hpp"

namespace phreatic::data {

// Source intervals first .. first + weights.size() - 1 and how much of each.
struct Overlap {
  int first = 0;
  std::vector<double> weights;
  int end() const { return first + static_cast<int>(weights.size()); }
};

// Per target interval its overlaps, in the order of the source; two or more where a source that goes round the
// Earth begins inside it.
using AxisOverlaps = std::vector<std::vector<Overlap>>;

// Along x: length of the overlap; geographic axes are compared modulo 360 degrees. Overlaps of less than 1e-9 of a
// cell, which come from rounded edges, are none.
AxisOverlaps overlaps_x(const GeoGrid& target, const GeoGrid& source);
// Along y: length, or on the sphere the difference of the sines of the edges of the overlap.
AxisOverlaps overlaps_y(const GeoGrid& target, const GeoGrid& source);

}  // namespace phreatic::data
