// SPDX-License-Identifier: BSD-3-Clause
// The exact share of every cell that a polygon covers. Method: docs/methods/grids.md.
#pragma once

#include <vector>

#include "phreatic/data/grid/geogrid.hpp"

namespace phreatic::data {

struct Vertex {
  double x = 0, y = 0;
};

// Outer ring first, then holes; a ring may or may not repeat its first vertex at the end. Any orientation.
struct Polygon {
  std::vector<std::vector<Vertex>> rings;
};

// Cells of one row that are covered: shares of columns first .. first + shares.size() - 1, each in [0, 1].
struct CoveredRow {
  int row = 0;
  int first = 0;
  std::vector<double> shares;
};

// Shares of the cells of `window` that the polygons cover together, whose vertices are columns and rows. Exact to
// rounding for polygons that neither cross themselves nor overlap. Rows without a covered cell are left out.
std::vector<CoveredRow> coverage(const std::vector<Polygon>& polygons, const Window& window);

// Smallest window of the grid that holds the polygons; no cells where they lie outside.
Window window_of(const std::vector<Polygon>& polygons, const GeoGrid& grid);

// In cells, holes taken off.
double area(const Polygon& polygon);
// Of the part inside the window.
double area_within(const Polygon& polygon, const Window& window);

}  // namespace phreatic::data
