// SPDX-License-Identifier: BSD-3-Clause
// Where the cells of a grid are: size, affine transform and coordinate system. The one description that files,
// regridding, zonal statistics, gridded forcing and the flow engine's heads share. Method: docs/methods/grids.md.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "phreatic/core/errors.hpp"

namespace phreatic::data {

struct GeoGrid {
  int width = 0, height = 0;
  // x = t0 + column t1 + row t2, y = t3 + column t4 + row t5 of cell corners; cell (c, r) covers [c, c + 1) x
  // [r, r + 1).
  std::array<double, 6> transform{0, 1, 0, 0, 0, 1};
  std::string crs;          // "EPSG:28992", WKT or PROJ text; "" = not known
  bool geographic = false;  // x and y are degrees of longitude and latitude

  std::size_t cells() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(height); }
};

// A rectangle of cells.
struct Window {
  int column = 0, row = 0, columns = 0, rows = 0;
  std::size_t cells() const { return static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows); }
  bool operator==(const Window&) const = default;
};

// North-up (row 0 in the north) from bounds and cell size; the bounds must hold a whole number of cells to
// 1e-6. Throws InputError.
GeoGrid grid_from_bounds(double west, double south, double east, double north, double cell,
                         const std::string& crs, bool geographic);

std::pair<double, double> to_ground(const GeoGrid& grid, double column, double row);
// Fractional column and row.
std::pair<double, double> to_pixel(const GeoGrid& grid, double x, double y);

// Neither rotated nor sheared: columns run along x and rows along y (northwards or southwards).
bool is_aligned(const GeoGrid& grid);
// Edges of the columns (width + 1) and rows (height + 1) of an aligned grid, in the order of the cells.
std::vector<double> x_edges(const GeoGrid& grid);
std::vector<double> y_edges(const GeoGrid& grid);
// A geographic grid whose columns go round the Earth.
bool is_global(const GeoGrid& grid);
// Area of a cell of each row: on the sphere for aligned geographic grids (in units of degree of longitude times
// sine of latitude, so that only ratios have a meaning), the same for all otherwise.
std::vector<double> row_areas(const GeoGrid& grid);
// Share of each row's height that lies between the poles: below 1 where cells of an aligned geographic grid reach past
// a pole, as those centred on it do; 1 otherwise.
std::vector<double> rows_between_poles(const GeoGrid& grid);

enum class GridRelation { same, shifted, different };
// `same`: equal to 1e-4 of a cell; longitudes may differ by 360 degrees. `shifted`: the same size and cells, but
// moved by part of a cell; dx and dy (in cells) say how far. Coordinate systems are not compared here.
struct GridDifference {
  GridRelation relation = GridRelation::different;
  double dx = 0, dy = 0;
};
GridDifference compare(const GeoGrid& a, const GeoGrid& b);

// Problems: no cells, a transform that cannot be inverted, latitudes beyond the poles (half a cell is forgiven to
// grids that have a row on the pole), more than once round the Earth.
void check(const GeoGrid& grid, const std::string& file, core::Problems& problems);

// "1440 x 720 cells of 0.25 x 0.25 degrees, -180 to 180 east, -90 to 90 north"
std::string describe(const GeoGrid& grid);

}  // namespace phreatic::data
