// SPDX-License-Identifier: BSD-3-Clause
// Values of bands of one grid in windows, wherever they are: in a file (grid_file.hpp) or in memory.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "phreatic/data/grid/geogrid.hpp"

namespace phreatic::data {

class Bands {
 public:
  virtual ~Bands() = default;
  virtual const std::string& file() const = 0;  // the name that messages call them by
  virtual Window block() const = 0;             // how the cells are stored
  // Values row by row, missing = NaN.
  virtual void read(int band, const Window& window, std::vector<double>& values) const = 0;

 protected:
  Bands() = default;
  Bands(const Bands&) = default;
  Bands& operator=(const Bands&) = default;
};

// values: [band][row][column], NaN = missing, held by the caller.
class BandsInMemory final : public Bands {
 public:
  BandsInMemory(std::string name, const GeoGrid& grid, std::span<const double> values)
      : name_(std::move(name)), width_(grid.width), height_(grid.height), values_(values) {}
  const std::string& file() const override { return name_; }
  Window block() const override { return {0, 0, width_, 1}; }
  void read(int band, const Window& window, std::vector<double>& values) const override;

 private:
  std::string name_;
  int width_, height_;
  std::span<const double> values_;
};

// Largest window that the streams below read at once (32 MB of doubles).
inline constexpr std::size_t kWindowCells = std::size_t{1} << 22;
// Cuts a window into pieces of at most kWindowCells cells along the blocks of the bands.
std::vector<Window> pieces(const Bands& bands, const Window& whole);

}  // namespace phreatic::data
