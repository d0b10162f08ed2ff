// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/grid/wetness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <queue>

#include "phreatic/core/errors.hpp"

namespace phreatic::data {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint32_t kOut = std::numeric_limits<std::uint32_t>::max();  // water leaves the map

struct Entry {
  double level;
  std::uint64_t order;  // of equal levels the first to be found comes first
  std::uint32_t cell;
  bool operator>(const Entry& other) const {
    return level != other.level ? level > other.level : order > other.order;
  }
};

// Levels after filling, the order in which cells are reached from the edge, and from where.
class Flood {
 public:
  Flood(std::span<const double> elevation, int width, int height)
      : width_(width), height_(height), level_(elevation.begin(), elevation.end()) {
    from_.assign(level_.size(), kOut);
    done_.assign(level_.size(), 0);
    for (std::uint32_t i = 0; i < level_.size(); ++i) {
      if (!std::isnan(level_[i]) && is_outlet(i)) push(i, kOut);
    }
    while (!open_.empty()) {
      const Entry now = open_.top();
      open_.pop();
      sequence.push_back(now.cell);
      around(now.cell, [&](std::uint32_t near, bool) {
        if (done_[near] != 0 || std::isnan(level_[near])) return;
        level_[near] = std::max(level_[near], now.level);
        push(near, now.cell);
      });
    }
  }

  // Where the water of a cell goes: down the steepest gradient, in flats to the cell they were reached from.
  std::uint32_t receiver(std::uint32_t cell, const CellSize& size) const {
    const double diagonal = std::hypot(size.dx_m, size.dy_m);
    const auto row = cell / static_cast<std::uint32_t>(width_);
    std::uint32_t best = from_[cell];
    double steepest = 0;
    around(cell, [&](std::uint32_t near, bool straight) {
      if (std::isnan(level_[near])) return;
      const bool same_row = near / static_cast<std::uint32_t>(width_) == row;
      const double gradient =
          (level_[cell] - level_[near]) / (straight ? (same_row ? size.dx_m : size.dy_m) : diagonal);
      if (gradient > steepest) {
        steepest = gradient;
        best = near;
      }
    });
    return best;
  }

  std::vector<std::uint32_t> sequence;

 private:
  // body(neighbour, whether it shares an edge)
  template <class Body>
  void around(std::uint32_t cell, const Body& body) const {
    const int row = static_cast<int>(cell / static_cast<std::uint32_t>(width_));
    const int column = static_cast<int>(cell % static_cast<std::uint32_t>(width_));
    for (int r = std::max(0, row - 1); r <= std::min(height_ - 1, row + 1); ++r) {
      for (int c = std::max(0, column - 1); c <= std::min(width_ - 1, column + 1); ++c) {
        if (r == row && c == column) continue;
        body(static_cast<std::uint32_t>(r) * static_cast<std::uint32_t>(width_) +
                 static_cast<std::uint32_t>(c),
             r == row || c == column);
      }
    }
  }
  bool is_outlet(std::uint32_t cell) const {
    int neighbours = 0;
    around(cell, [&](std::uint32_t near, bool) { neighbours += std::isnan(level_[near]) ? 0 : 1; });
    return neighbours < 8;
  }
  void push(std::uint32_t cell, std::uint32_t from) {
    done_[cell] = 1;
    from_[cell] = from;
    open_.push({level_[cell], found_++, cell});
  }

  int width_, height_;
  std::vector<double> level_;
  std::vector<std::uint32_t> from_;
  std::vector<std::uint8_t> done_;
  std::uint64_t found_ = 0;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open_;
};

}  // namespace

void require_wetness_size(const std::string& file, const GeoGrid& grid) {
  if (!is_aligned(grid))
    throw core::InputError({.file = file,
                            .what = "its cells are rotated or sheared",
                            .mend = "Regrid it first: phreatic grid regrid --bounds ... --cell ..."});
  if (grid.cells() > kMostWetnessCells)
    throw core::InputError(
        {.file = file,
         .what = fmt::format("has {} cells, and wetness needs all of them in memory", grid.cells()),
         .allowed = fmt::format("at most {}", kMostWetnessCells),
         .mend = "Make its cells larger first: phreatic grid regrid --bounds ... --cell ..."});
}

std::vector<double> drained_area_m2(std::span<const double> elevation_m, const GeoGrid& grid) {
  PHREATIC_ASSERT(elevation_m.size() == grid.cells() && grid.cells() <= kMostWetnessCells);
  const Flood flood(elevation_m, grid.width, grid.height);
  std::vector<CellSize> sizes;
  for (int row = 0; row < grid.height; ++row) sizes.push_back(cell_size(grid, row));
  std::vector<double> area(elevation_m.size(), kNaN);
  const auto size_of = [&](std::uint32_t cell) -> const CellSize& {
    return sizes[cell / static_cast<std::uint32_t>(grid.width)];
  };
  for (const std::uint32_t cell : flood.sequence) area[cell] = size_of(cell).dx_m * size_of(cell).dy_m;
  // A cell's receiver was reached before it, for its level is lower.
  for (auto it = flood.sequence.rbegin(); it != flood.sequence.rend(); ++it) {
    const std::uint32_t to = flood.receiver(*it, size_of(*it));
    if (to != kOut) area[to] += area[*it];
  }
  return area;
}

std::vector<double> wetness_index(std::span<const double> elevation_m, const GeoGrid& grid) {
  std::vector<double> index = drained_area_m2(elevation_m, grid);
  const auto columns = static_cast<std::size_t>(grid.width);
  for (std::size_t row = 0; row < static_cast<std::size_t>(grid.height); ++row) {
    const CellSize size = cell_size(grid, static_cast<int>(row));
    const std::size_t first = row * columns;
    std::vector<double> slope(3 * columns, kNaN);
    if (row > 0 && row + 1 < static_cast<std::size_t>(grid.height))
      slope =
          slope_degrees(elevation_m.subspan(first - columns, 3 * columns), 3, columns, size.dx_m, size.dy_m);
    for (std::size_t c = 0; c < columns; ++c) {
      const double gradient = std::max(kLeastGradient, std::tan(slope[columns + c] * std::numbers::pi / 180));
      index[first + c] = std::isnan(slope[columns + c])
                             ? kNaN
                             : std::log(index[first + c] / std::sqrt(size.dx_m * size.dy_m) / gradient);
    }
  }
  return index;
}

}  // namespace phreatic::data
