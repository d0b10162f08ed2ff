// SPDX-License-Identifier: BSD-3-Clause
// Where the cells of a target grid lie among the columns and rows of a source grid, through coordinate systems, and
// around the Earth.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "phreatic/data/grid/crs.hpp"
#include "phreatic/data/grid/geogrid.hpp"
#include "phreatic/data/grid/regrid/coverage.hpp"

namespace phreatic::data {

class Placement {
 public:
  // Throws InputError: one grid has a coordinate system and the other has none and is not of the same kind (degrees
  // or not), no transformation between the two is known.
  Placement(const GeoGrid& source, const GeoGrid& target);
  // Edges run along edges: weights by column and by row are enough.
  bool aligned() const { return aligned_; }
  // Centres of target cells as columns and rows of the source; NaN where they have none.
  std::vector<Vertex> centres(const Window& target) const;
  // Outlines of target cells, each a polygon in columns and rows of the source; empty where it has no place. Where
  // coordinate systems differ, edges are cut into pieces before they are transformed.
  std::vector<Polygon> outlines(const Window& target) const;
  const std::vector<std::string>& said() const { return said_; }

 private:
  void to_source(std::vector<double>& x, std::vector<double>& y) const;
  // Whole turns that bring a longitude into the source.
  double turns(double x) const;

  GeoGrid source_, target_;
  std::optional<CrsTransform> transform_;
  bool aligned_ = false;
  std::vector<std::string> said_;
};

}  // namespace phreatic::data
