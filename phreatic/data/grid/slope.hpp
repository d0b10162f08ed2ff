// SPDX-License-Identifier: BSD-3-Clause
// Slope of a digital elevation model, from the weighted differences of the eight neighbours of a cell (Horn 1981,
// key horn1981): dz/dx = ((c + 2f + i) - (a + 2d + g)) / (8 dx), dz/dy likewise.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "phreatic/data/grid/grid_file.hpp"

namespace phreatic::data {

// Slope in degrees of each cell of a grid [row][column]. Cells at the edge, cells without a value and those with a
// neighbour without one are NaN. Sizes of cells in metres.
std::vector<double> slope_degrees(std::span<const double> elevation_m, std::size_t rows, std::size_t columns,
                                  double dx_m, double dy_m);

// Width and height in metres of the cells of a row: of degrees on the WGS 84 ellipsoid, others taken as metres.
struct CellSize {
  double dx_m = 0, dy_m = 0;
};
CellSize cell_size(const GeoGrid& grid, int row);

// Slopes in degrees of a file of elevations in metres as bands: computed window by window as they are read.
class SlopeBands final : public Bands {
 public:
  // `file` is held by the caller. Throws InputError for a rotated or sheared grid.
  explicit SlopeBands(const GridFile& file);
  const std::string& file() const override { return file_.file(); }
  Window block() const override { return file_.block(); }
  void read(int band, const Window& window, std::vector<double>& slope) const override;

 private:
  const GridFile& file_;
};

// Of a band of elevations in metres, streamed; cells of degrees have their size on the WGS 84 ellipsoid at the latitude
// of the row, others are taken as metres. `put` gets windows of whole rows from the first to the last.
// Throws InputError for a rotated or sheared grid.
void slope_map(const GridFile& file, int band,
               const std::function<void(const Window&, std::span<const double>)>& put);

}  // namespace phreatic::data
