// SPDX-License-Identifier: BSD-3-Clause
// Values from one grid to another: conservative (means weighted by the area that cells share, on the sphere for
// degrees), bilinear, nearest. The source is streamed. Method: docs/methods/grids.md.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/data/grid/bands.hpp"
#include "phreatic/data/grid/regrid/overlap.hpp"
#include "phreatic/data/grid/regrid/placement.hpp"

namespace phreatic::data {

enum class ResampleMethod { conservative, bilinear, nearest };

struct RegridParams {
  ResampleMethod method = ResampleMethod::conservative;
  // Share of a target cell's area (conservative) or of its weights (bilinear) that must have a value.
  double min_coverage = 0.5;
};
void describe(core::Describer& d, RegridParams& p);

// A strip of the target, whole rows, NaN = no value.
using StripSink = std::function<void(const Window& window, std::span<const double> values)>;

// Weights of one pair of grids, for any number of bands.
class Regridder {
 public:
  // Throws InputError (see Placement), also when the two grids share no area.
  Regridder(const GeoGrid& source, const GeoGrid& target, const RegridParams& params);
  // Reads a band and gives the target strip by strip, from row 0 on.
  void band(const Bands& bands, int band, const StripSink& sink) const;
  const std::vector<std::string>& said() const { return placement_.said(); }

 private:
  void by_axes(const Bands& bands, int band, const StripSink& sink) const;
  void by_outlines(const Bands& bands, int band, const StripSink& sink) const;
  void by_points(const Bands& bands, int band, const StripSink& sink) const;

  GeoGrid source_, target_;
  RegridParams params_;
  Placement placement_;
  AxisOverlaps x_, y_;
  std::vector<double> row_areas_;
};

// Strips of at most `cells` cells (at least a row).
std::vector<Window> strips(const GeoGrid& grid, std::size_t cells);
// The part of the source that overlaps of some rows and all columns touch.
Window touched(const AxisOverlaps& x, const AxisOverlaps& y, const Window& strip);

}  // namespace phreatic::data
