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

}  // namespace

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

std::vector<double> slope_degrees(std::span<const double> elevation_m, std::size_t rows, std::size_t columns,
                                  double dx_m, double dy_m) {
  PHREATIC_ASSERT(elevation_m.size() == rows * columns && dx_m > 0 && dy_m > 0);
  std::vector<double> slope(elevation_m.size(), kNaN);
  for (std::size_t r = 1; r + 1 < rows; ++r)
    slope_row(&elevation_m[(r - 1) * columns], columns, dx_m, dy_m, &slope[r * columns]);
  return slope;
}

SlopeBands::SlopeBands(const GridFile& file) : file_(file) {
  if (!is_aligned(file.grid()))
    throw core::InputError({.file = file.file(),
                            .what = "its cells are rotated or sheared",
                            .mend = "Regrid it first: phreatic grid regrid --bounds ... --cell ..."});
}

void SlopeBands::read(int band, const Window& w, std::vector<double>& slope) const {
  const GeoGrid& grid = file_.grid();
  const int left = std::max(0, w.column - 1), top = std::max(0, w.row - 1);  // with the neighbours around
  const Window wide{left, top, std::min(grid.width, w.column + w.columns + 1) - left,
                    std::min(grid.height, w.row + w.rows + 1) - top};
  std::vector<double> elevation_m;
  file_.read(band, wide, elevation_m);
  const auto columns = static_cast<std::size_t>(wide.columns);
  std::vector<double> row_slope(columns);
  slope.assign(w.cells(), kNaN);
  for (int row = std::max(1, w.row); row < std::min(w.row + w.rows, grid.height - 1); ++row) {
    const CellSize size = cell_size(grid, row);
    std::fill(row_slope.begin(), row_slope.end(), kNaN);
    slope_row(&elevation_m[static_cast<std::size_t>(row - 1 - top) * columns], columns, size.dx_m, size.dy_m,
              row_slope.data());
    std::copy_n(row_slope.begin() + (w.column - left), w.columns,
                slope.begin() + static_cast<std::ptrdiff_t>(row - w.row) * w.columns);
  }
}

void slope_map(const GridFile& file, int band,
               const std::function<void(const Window&, std::span<const double>)>& put) {
  constexpr std::size_t kCellsAtOnce = std::size_t{1} << 22;
  const SlopeBands bands(file);
  const GeoGrid& grid = file.grid();
  const int at_once =
      static_cast<int>(std::clamp<std::size_t>(kCellsAtOnce / static_cast<std::size_t>(grid.width), 1, 4096));
  std::vector<double> slope;
  for (int first = 0; first < grid.height; first += at_once) {
    core::throw_if_interrupted();
    const Window window{0, first, grid.width, std::min(grid.height, first + at_once) - first};
    bands.read(band, window, slope);
    put(window, slope);
  }
}

}  // namespace phreatic::data
