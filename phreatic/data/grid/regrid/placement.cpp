// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/grid/regrid/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "phreatic/core/errors.hpp"

namespace phreatic::data {

Placement::Placement(const GeoGrid& source, const GeoGrid& target) : source_(source), target_(target) {
  CrsRelation relation = CrsRelation::same;
  if (source.crs.empty() || target.crs.empty()) {
    if (source.geographic != target.geographic)
      throw core::InputError(
          {.where = source.crs.empty() ? "source grid" : "target grid",
           .what = "its coordinate system is not known, and it is not of the kind of the other grid's",
           .mend = "Declare its coordinate system (--crs)"});
  } else {
    relation = compare_crs(source.crs, target.crs);
  }
  if (relation != CrsRelation::same) transform_.emplace(target.crs, source.crs);
  if (transform_ && transform_->rough()) {
    said_.push_back(
        "a coordinate system has no named datum (a sphere): places are not moved from one datum to the "
        "other");
  } else if (relation == CrsRelation::datum) {
    said_.push_back(
        fmt::format("the coordinate systems differ by their datum ('{}', '{}'): places are transformed",
                    find_crs(source.crs).name, find_crs(target.crs).name));
  }
  aligned_ = relation == CrsRelation::same && is_aligned(source) && is_aligned(target);
  if (!is_aligned(source))
    said_.push_back("the source grid is rotated or sheared: cells are weighted by the area they share");
}

void Placement::to_source(std::vector<double>& x, std::vector<double>& y) const {
  if (transform_) transform_->apply(x, y);
}

double Placement::turns(double x) const {
  if (!source_.geographic) return 0;
  const double left =
      std::min(source_.transform[0], source_.transform[0] + source_.width * source_.transform[1]);
  return -360 * std::floor((x - left) / 360);
}

std::vector<Vertex> Placement::centres(const Window& w) const {
  std::vector<double> x;
  std::vector<double> y;
  for (int r = w.row; r < w.row + w.rows; ++r) {
    for (int c = w.column; c < w.column + w.columns; ++c) {
      const auto [px, py] = to_ground(target_, c + 0.5, r + 0.5);
      x.push_back(px);
      y.push_back(py);
    }
  }
  to_source(x, y);
  std::vector<Vertex> out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto [column, row] = to_pixel(source_, x[i] + turns(x[i]), y[i]);
    out.push_back({column, row});
  }
  return out;
}

std::vector<Polygon> Placement::outlines(const Window& w) const {
  const int parts = transform_ ? 4 : 1;
  std::vector<double> x;
  std::vector<double> y;
  constexpr double kCorner[5][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}};
  for (int r = w.row; r < w.row + w.rows; ++r) {
    for (int c = w.column; c < w.column + w.columns; ++c) {
      for (int side = 0; side < 4; ++side) {
        for (int k = 0; k < parts; ++k) {
          const double t = static_cast<double>(k) / parts;
          const auto [px, py] =
              to_ground(target_, c + kCorner[side][0] + t * (kCorner[side + 1][0] - kCorner[side][0]),
                        r + kCorner[side][1] + t * (kCorner[side + 1][1] - kCorner[side][1]));
          x.push_back(px);
          y.push_back(py);
        }
      }
    }
  }
  to_source(x, y);
  const auto n = 4 * static_cast<std::size_t>(parts);
  std::vector<Polygon> out(w.cells());
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::vector<Vertex> ring;
    for (std::size_t k = i * n; k < (i + 1) * n; ++k) {
      // A cell that a longitude of 180 degrees cuts in two stays in one piece.
      const double near = source_.geographic ? x[k] - 360 * std::round((x[k] - x[i * n]) / 360) : x[k];
      const auto [column, row] = to_pixel(source_, near + turns(x[i * n]), y[k]);
      ring.push_back({column, row});
    }
    const bool whole = std::all_of(ring.begin(), ring.end(),
                                   [](const Vertex& v) { return std::isfinite(v.x) && std::isfinite(v.y); });
    if (whole) out[i].rings.push_back(std::move(ring));
  }
  return out;
}

}  // namespace phreatic::data
