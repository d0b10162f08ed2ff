// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/grid/slope.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"

namespace phreatic::data {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kRadians = std::numbers::pi / 180;

// One row from the rows above and below it, which start at `elevation_m`.
void slope_row(const double* elevation_m, std::size_t columns, double dx_m, double dy_m, double* slope) {
  for (std::size_t c = 1; c + 1 < columns; ++c) {
    const double* above = elevation_m + c;
    const double* here = above + columns;
    const double* below = here + columns;
    const double east = above[1] + 2 * here[1] + below[1];
    const double west = above[-1] + 2 * here[-1] + below[-1];
    const double south = below[-1] + 2 * below[0] + below[1];
    const double north = above[-1] + 2 * above[0] + above[1];
    const double gradient = std::hypot((east - west) / (8 * dx_m), (south - north) / (8 * dy_m));
    slope[c] = std::atan(gradient) / kRadians + 0 * here[0];  // a missing centre is missing
  }
}

// Width and height in metres of the cells of a row.
struct CellSize {
  double dx_m = 0, dy_m = 0;
};
CellSize cell_size(const GeoGrid& grid, int row) {
  const double width = std::abs(grid.transform[1]);
  const double height = std::abs(grid.transform[5]);
  if (!grid.geographic) return {width, height};
  constexpr double kMajor = 6378137.0;  // WGS 84, m
  constexpr double kFlattening = 1 / 298.257223563;
  constexpr double kSquare = kFlattening * (2 - kFlattening);  // of the eccentricity
  const double latitude = to_ground(grid, 0, row + 0.5).second * kRadians;
  const double w = std::sqrt(1 - kSquare * std::sin(latitude) * std::sin(latitude));
  return {width * kRadians * kMajor / w * std::cos(latitude),
          height * kRadians * kMajor * (1 - kSquare) / (w * w * w)};
}

}  // namespace

std::vector<double> slope_degrees(std::span<const double> elevation_m, std::size_t rows, std::size_t columns,
                                  double dx_m, double dy_m) {
  PHREATIC_ASSERT(elevation_m.size() == rows * columns && dx_m > 0 && dy_m > 0);
  std::vector<double> slope(elevation_m.size(), kNaN);
  for (std::size_t r = 1; r + 1 < rows; ++r)
    slope_row(&elevation_m[(r - 1) * columns], columns, dx_m, dy_m, &slope[r * columns]);
  return slope;
}

void slope_map(const GridFile& file, int band,
               const std::function<void(const Window&, std::span<const double>)>& put) {
  constexpr std::size_t kCellsAtOnce = std::size_t{1} << 22;
  const GeoGrid& grid = file.grid();
  if (!is_aligned(grid))
    throw core::InputError({.file = file.file(),
                            .what = "its cells are rotated or sheared",
                            .mend = "Regrid it first: phreatic grid regrid --bounds ... --cell ..."});
  const auto columns = static_cast<std::size_t>(grid.width);
  const int at_once = static_cast<int>(std::clamp<std::size_t>(kCellsAtOnce / columns, 1, 4096));
  std::vector<double> elevation_m;
  std::vector<double> slope;
  for (int first = 0; first < grid.height; first += at_once) {
    core::throw_if_interrupted();
    const int end = std::min(grid.height, first + at_once);
    const int from = std::max(0, first - 1);  // with the rows on either side
    file.read(band, {0, from, grid.width, std::min(grid.height, end + 1) - from}, elevation_m);
    slope.assign(static_cast<std::size_t>(end - first) * columns, kNaN);
    for (int row = std::max(1, first); row < std::min(end, grid.height - 1); ++row) {
      const CellSize size = cell_size(grid, row);
      slope_row(&elevation_m[static_cast<std::size_t>(row - 1 - from) * columns], columns, size.dx_m,
                size.dy_m, &slope[static_cast<std::size_t>(row - first) * columns]);
    }
    put({0, first, grid.width, end - first}, slope);
  }
}

}  // namespace phreatic::data
