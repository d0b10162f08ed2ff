// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/grid/geogrid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace phreatic::data {
namespace {

double determinant(const GeoGrid& g) {
  return g.transform[1] * g.transform[5] - g.transform[2] * g.transform[4];
}

}  // namespace

GeoGrid grid_from_bounds(double west, double south, double east, double north, double cell,
                         const std::string& crs, bool geographic) {
  const double columns = (east - west) / cell;
  const double rows = (north - south) / cell;
  const bool whole = cell > 0 && columns >= 1 && rows >= 1 && columns < 1e9 && rows < 1e9 &&
                     std::abs(columns - std::round(columns)) < 1e-6 &&
                     std::abs(rows - std::round(rows)) < 1e-6;
  if (!whole)
    throw core::InputError({.where = "grid",
                            .what = fmt::format("{} to {} and {} to {} hold {} x {} cells of {}", west, east,
                                                south, north, columns, rows, cell),
                            .allowed = "west < east, south < north and a whole number of cells"});
  GeoGrid grid{.width = static_cast<int>(std::lround(columns)),
               .height = static_cast<int>(std::lround(rows))};
  grid.transform = {west, (east - west) / grid.width, 0, north, 0, (south - north) / grid.height};
  grid.crs = crs;
  grid.geographic = geographic;
  return grid;
}

std::pair<double, double> to_ground(const GeoGrid& grid, double column, double row) {
  const auto& t = grid.transform;
  return {t[0] + column * t[1] + row * t[2], t[3] + column * t[4] + row * t[5]};
}

std::pair<double, double> to_pixel(const GeoGrid& grid, double x, double y) {
  const auto& t = grid.transform;
  const double d = determinant(grid);
  const double dx = x - t[0];
  const double dy = y - t[3];
  return {(t[5] * dx - t[2] * dy) / d, (t[1] * dy - t[4] * dx) / d};
}

bool is_aligned(const GeoGrid& grid) {
  const auto& t = grid.transform;
  return std::abs(t[2]) * grid.height < 1e-6 * std::abs(t[1]) &&
         std::abs(t[4]) * grid.width < 1e-6 * std::abs(t[5]);
}

std::vector<double> x_edges(const GeoGrid& grid) {
  std::vector<double> edges;
  for (int c = 0; c <= grid.width; ++c) edges.push_back(grid.transform[0] + c * grid.transform[1]);
  return edges;
}

std::vector<double> y_edges(const GeoGrid& grid) {
  std::vector<double> edges;
  for (int r = 0; r <= grid.height; ++r) edges.push_back(grid.transform[3] + r * grid.transform[5]);
  return edges;
}

bool is_global(const GeoGrid& grid) {
  return grid.geographic && is_aligned(grid) &&
         std::abs(std::abs(grid.transform[1]) * grid.width - 360) < 1e-3 * std::abs(grid.transform[1]);
}

std::vector<double> row_areas(const GeoGrid& grid) {
  std::vector<double> areas(static_cast<std::size_t>(grid.height), 1.0);
  if (!grid.geographic || !is_aligned(grid)) return areas;
  const std::vector<double> y = y_edges(grid);
  const auto sine = [](double degrees) {
    return std::sin(std::clamp(degrees, -90.0, 90.0) * std::numbers::pi / 180);
  };
  for (std::size_t r = 0; r < areas.size(); ++r)
    areas[r] = std::abs(sine(y[r + 1]) - sine(y[r])) * std::abs(grid.transform[1]);
  return areas;
}

std::vector<double> rows_between_poles(const GeoGrid& grid) {
  std::vector<double> shares(static_cast<std::size_t>(grid.height), 1.0);
  if (!grid.geographic || !is_aligned(grid)) return shares;
  const std::vector<double> y = y_edges(grid);
  const auto cut = [](double degrees) { return std::clamp(degrees, -90.0, 90.0); };
  for (std::size_t r = 0; r < shares.size(); ++r) {
    if (cut(y[r]) == y[r] && cut(y[r + 1]) == y[r + 1]) continue;
    shares[r] = std::abs(cut(y[r + 1]) - cut(y[r])) / std::abs(grid.transform[5]);
  }
  return shares;
}

GridDifference compare(const GeoGrid& a, const GeoGrid& b) {
  if (a.width != b.width || a.height != b.height) return {};
  for (const int i : {1, 2, 4, 5}) {
    const double size = std::max(std::abs(a.transform[1]), std::abs(a.transform[5]));
    const int cells = std::max(a.width, a.height);
    const auto k = static_cast<std::size_t>(i);
    if (std::abs(a.transform[k] - b.transform[k]) * cells > 1e-4 * size) return {};
  }
  double x = b.transform[0];
  if (a.geographic && b.geographic) x -= 360 * std::round((x - a.transform[0]) / 360);
  const auto [column, row] = to_pixel(a, x, b.transform[3]);
  const bool same = std::abs(column) < 1e-4 && std::abs(row) < 1e-4;
  if (same) return {GridRelation::same, 0, 0};
  const bool near = std::abs(column) < 1 && std::abs(row) < 1;
  return {near ? GridRelation::shifted : GridRelation::different, column, row};
}

void check(const GeoGrid& grid, const std::string& file, core::Problems& problems) {
  const auto& t = grid.transform;
  const bool finite = std::all_of(t.begin(), t.end(), [](double v) { return std::isfinite(v); });
  if (grid.width < 1 || grid.height < 1 || !finite || determinant(grid) == 0) {
    problems.add({.file = file,
                  .what = fmt::format("its cells have no place: {} x {} cells, transform {}", grid.width,
                                      grid.height, fmt::join(t, ", ")),
                  .allowed = "at least one cell and a transform that can be inverted"});
    return;
  }
  if (!grid.geographic) return;
  if (std::abs(t[1]) * grid.width > 360 * (1 + 1e-6) && is_aligned(grid)) {
    problems.add({.file = file,
                  .what = fmt::format("its {} columns of {} degrees go more than once round the Earth",
                                      grid.width, t[1]),
                  .mend = "Cut the repeated columns, or declare the right coordinate system"});
  }
  for (const double row : {0.0, static_cast<double>(grid.height)}) {
    for (const double column : {0.0, static_cast<double>(grid.width)}) {
      const double latitude = to_ground(grid, column, row).second;
      if (std::abs(latitude) <= 90 + 0.5001 * std::max(std::abs(t[5]), std::abs(t[4]))) continue;
      problems.add({.file = file,
                    .what = fmt::format("its edge has the latitude {}", latitude),
                    .allowed = "-90 to 90",
                    .mend = "Are x and y exchanged, or is the coordinate system another one (--crs)?"});
      return;
    }
  }
}

std::string describe(const GeoGrid& grid) {
  const auto& t = grid.transform;
  const std::string unit = grid.geographic ? " degrees" : "";
  if (!is_aligned(grid))
    return fmt::format("{} x {} cells, rotated or sheared: {:.10g}", grid.width, grid.height,
                       fmt::join(t, " "));
  const double east = t[0] + grid.width * t[1];
  const double south = t[3] + grid.height * t[5];
  return fmt::format("{} x {} cells of {:.10g} x {:.10g}{}, x {:.10g} to {:.10g}, y {:.10g} to {:.10g}{}",
                     grid.width, grid.height, std::abs(t[1]), std::abs(t[5]), unit, std::min(t[0], east),
                     std::max(t[0], east), std::min(t[3], south), std::max(t[3], south),
                     t[5] > 0 ? ", first row in the south" : "");
}

}  // namespace phreatic::data
