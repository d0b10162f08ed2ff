// SPDX-License-Identifier: BSD-3-Clause
// Distances and slopes on the ground: geodesic distance on the WGS 84 ellipsoid (Vincenty 1975, key
// vincenty1975), distance to a river polyline, slope of a digital elevation model (Horn 1981, key horn1981).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace phreatic::data {

struct GeoPoint {
  double longitude = 0;  // degrees east
  double latitude = 0;   // degrees north
};

// Metres along the geodesic, to better than a millimetre. For nearly antipodal points, where the iteration
// does not converge, the great-circle distance on the mean sphere (error below 0.6 %). NaN for NaN
// coordinates.
double geodesic_distance_m(const GeoPoint& a, const GeoPoint& b);

// Metres from a point to the nearest place on any of the lines (segments are taken straight in a plane that
// is true to distance at the point; lines of a few points per 100 km suffice). Infinity without lines.
// Several lines: `line_starts` holds the first index of each; empty = one line.
double distance_to_line_m(const GeoPoint& point, std::span<const GeoPoint> line,
                          std::span<const std::size_t> line_starts = {});

// Slope in degrees of each cell of a grid [row][column] from the weighted differences of its eight
// neighbours: dz/dx = ((c + 2f + i) - (a + 2d + g)) / (8 dx), dz/dy likewise. Cells at the edge or with a
// missing neighbour are NaN. Cell sizes in metres.
std::vector<double> slope_degrees(std::span<const double> elevation_m, std::size_t rows, std::size_t columns,
                                  double dx_m, double dy_m);

}  // namespace phreatic::data
