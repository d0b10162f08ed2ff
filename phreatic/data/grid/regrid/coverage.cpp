// SPDX-License-Identifier: BSD-3-Clause
// Every piece of an edge inside one cell adds the area between itself and the right border of the cell, and its
// height to all cells further right; a running sum along the row gives the covered area of each cell (the signed-area
// form of Green's theorem).
#include "phreatic/data/grid/regrid/coverage.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace phreatic::data {
namespace {

double signed_area(const std::vector<Vertex>& ring) {
  double sum = 0;
  for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
    // Relative to the first vertex, so that large coordinates lose no digits.
    const double xi = ring[i].x - ring[0].x;
    const double yi = ring[i].y - ring[0].y;
    const double xj = ring[j].x - ring[0].x;
    const double yj = ring[j].y - ring[0].y;
    sum += xj * yi - xi * yj;
  }
  return sum / 2;
}

class Accumulator {
 public:
  explicit Accumulator(const Window& window)
      : columns_(window.columns),
        rows_(window.rows),
        sums_((static_cast<std::size_t>(columns_) + 2) * static_cast<std::size_t>(rows_)),
        first_(static_cast<std::size_t>(rows_), columns_),
        last_(static_cast<std::size_t>(rows_), -1) {}

  // An edge in columns and rows of the window, counted `sign` times.
  void edge(Vertex a, Vertex b, double sign) {
    if (a.y == b.y) return;
    if (a.y > b.y) {
      std::swap(a, b);
      sign = -sign;
    }
    const double top = std::max(a.y, 0.0);
    const double bottom = std::min(b.y, static_cast<double>(rows_));
    if (top >= bottom) return;
    const double slope = (b.x - a.x) / (b.y - a.y);
    const int end = std::min(rows_, static_cast<int>(std::ceil(bottom)));
    for (int row = static_cast<int>(top); row < end; ++row) {
      const double y0 = std::max(top, static_cast<double>(row));
      const double y1 = std::min(bottom, static_cast<double>(row) + 1);
      if (y1 <= y0) continue;
      const double x0 = y0 == a.y ? a.x : a.x + (y0 - a.y) * slope;
      const double x1 = y1 == b.y ? b.x : a.x + (y1 - a.y) * slope;
      in_row(row, x0, x1, sign * (y1 - y0));
    }
  }

  std::vector<CoveredRow> rows(const Window& window) const {
    std::vector<CoveredRow> out;
    for (int r = 0; r < rows_; ++r) {
      const auto k = static_cast<std::size_t>(r);
      if (last_[k] < first_[k]) continue;
      CoveredRow row{window.row + r, window.column + first_[k], {}};
      double running = 0;
      for (int c = first_[k]; c < columns_; ++c) {
        running += sums_[index(r, c)];
        double share = std::abs(running);
        // Rounding of the running sum: a cell inside is covered wholly, one outside not at all.
        if (share < 1e-12) share = 0;
        if (share > 1 - 1e-12) share = 1;
        if (c > last_[k] && share == 0) break;
        row.shares.push_back(share);
      }
      trim(row);
      if (!row.shares.empty()) out.push_back(std::move(row));
    }
    return out;
  }

 private:
  std::size_t index(int row, int column) const {
    return static_cast<std::size_t>(row) * (static_cast<std::size_t>(columns_) + 2) +
           static_cast<std::size_t>(column);
  }

  static void trim(CoveredRow& row) {
    while (!row.shares.empty() && row.shares.back() == 0) row.shares.pop_back();
    std::size_t zeros = 0;
    while (zeros < row.shares.size() && row.shares[zeros] == 0) ++zeros;
    row.shares.erase(row.shares.begin(), row.shares.begin() + static_cast<std::ptrdiff_t>(zeros));
    row.first += static_cast<int>(zeros);
  }

  // A piece within one row; `height` is its signed height.
  void in_row(int row, double x0, double x1, double height) {
    const double limit = columns_;
    if (x0 > x1) std::swap(x0, x1);
    if (x0 >= limit) return;  // right of all cells: nothing is further right
    const double width = x1 - x0;
    if (x1 <= 0) {
      mark(row, 0, 0);
      sums_[index(row, 0)] += height;  // left of all cells: all of its height
      return;
    }
    if (width == 0) {
      in_cell(row, static_cast<int>(std::min(x0, limit - 1)), x0, x1, height);
      return;
    }
    if (x0 < 0) {
      mark(row, 0, 0);
      sums_[index(row, 0)] += height * (-x0 / width);
    }
    const double from = std::max(x0, 0.0);
    const double to = std::min(x1, limit);
    const int end = std::min(columns_, static_cast<int>(std::ceil(to)));
    for (int c = static_cast<int>(from); c < end; ++c) {
      const double l = std::max(from, static_cast<double>(c));
      const double r = std::min(to, static_cast<double>(c) + 1);
      if (r > l) in_cell(row, c, l, r, height * (r - l) / width);
    }
  }

  void in_cell(int row, int column, double l, double r, double height) {
    const double left = (l + r) / 2 - column;  // share of the cell left of the piece
    mark(row, column, column + 1);
    sums_[index(row, column)] += height * (1 - left);
    sums_[index(row, column + 1)] += height * left;
  }

  void mark(int row, int first, int last) {
    const auto k = static_cast<std::size_t>(row);
    first_[k] = std::min(first_[k], first);
    last_[k] = std::max(last_[k], last);
  }

  int columns_, rows_;
  std::vector<double> sums_;
  std::vector<int> first_, last_;  // columns of each row that an edge touches
};

}  // namespace

double area(const Polygon& polygon) {
  double sum = 0;
  for (std::size_t i = 0; i < polygon.rings.size(); ++i) {
    if (polygon.rings[i].empty()) continue;
    const double a = std::abs(signed_area(polygon.rings[i]));
    sum += i == 0 ? a : -a;
  }
  return sum;
}

namespace {

// The part of a ring where side(v) >= 0; side is linear (Sutherland and Hodgman).
template <class Side>
std::vector<Vertex> cut(const std::vector<Vertex>& ring, Side side) {
  std::vector<Vertex> out;
  for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
    const double a = side(ring[j]);
    const double b = side(ring[i]);
    if ((a < 0) != (b < 0)) {
      const double t = a / (a - b);
      out.push_back({ring[j].x + t * (ring[i].x - ring[j].x), ring[j].y + t * (ring[i].y - ring[j].y)});
    }
    if (b >= 0) out.push_back(ring[i]);
  }
  return out;
}

}  // namespace

double area_within(const Polygon& polygon, const Window& window) {
  Polygon inside = polygon;
  for (std::vector<Vertex>& ring : inside.rings) {
    ring = cut(ring, [&](const Vertex& v) { return v.x - window.column; });
    ring = cut(ring, [&](const Vertex& v) { return window.column + window.columns - v.x; });
    ring = cut(ring, [&](const Vertex& v) { return v.y - window.row; });
    ring = cut(ring, [&](const Vertex& v) { return window.row + window.rows - v.y; });
  }
  return area(inside);
}

std::vector<CoveredRow> coverage(const std::vector<Polygon>& polygons, const Window& window) {
  if (window.columns <= 0 || window.rows <= 0) return {};
  Accumulator accumulator(window);
  for (const Polygon& polygon : polygons) {
    for (std::size_t k = 0; k < polygon.rings.size(); ++k) {
      const std::vector<Vertex>& ring = polygon.rings[k];
      if (ring.size() < 3) continue;
      const double orientation = (signed_area(ring) > 0) == (k == 0) ? 1 : -1;
      for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
        const Vertex a{ring[j].x - window.column, ring[j].y - window.row};
        const Vertex b{ring[i].x - window.column, ring[i].y - window.row};
        accumulator.edge(a, b, orientation);
      }
    }
  }
  return accumulator.rows(window);
}

Window window_of(const std::vector<Polygon>& polygons, const GeoGrid& grid) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  double left = kFar, right = -kFar, top = kFar, bottom = -kFar;
  for (const Polygon& polygon : polygons) {
    for (const auto& ring : polygon.rings) {
      for (const Vertex& v : ring) {
        left = std::min(left, v.x);
        right = std::max(right, v.x);
        top = std::min(top, v.y);
        bottom = std::max(bottom, v.y);
      }
    }
  }
  if (!(right > 0 && bottom > 0 && left < grid.width && top < grid.height)) return {};
  Window w;
  w.column = static_cast<int>(std::max(0.0, std::floor(left)));
  w.row = static_cast<int>(std::max(0.0, std::floor(top)));
  w.columns = static_cast<int>(std::min(static_cast<double>(grid.width), std::ceil(right))) - w.column;
  w.rows = static_cast<int>(std::min(static_cast<double>(grid.height), std::ceil(bottom))) - w.row;
  return w;
}

}  // namespace phreatic::data
