// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/packages/sfr/section.hpp"

#include <algorithm>
#include <cmath>

namespace phreatic::flow {
namespace {

constexpr double kShallow = 1e-5;  // (L)

// The wet part of the piece between two points.
struct Piece {
  double width = 0;
  double perimeter = 0;
  double area = 0;
};

Piece wet_piece(double run, double a, double b, double depth) {
  const double low = std::min(a, b);
  const double high = std::max(a, b);
  Piece piece;
  if (depth <= low) return piece;
  const double rise = std::min(depth, high) - low;
  piece.width = high > low ? run * rise / (high - low) : run;
  piece.perimeter = std::hypot(piece.width, rise);
  piece.area = 0.5 * piece.width * rise + run * std::max(depth - high, 0.0);
  return piece;
}

template <class Use>
void for_pieces(const CrossSection& points, double width, double depth, Use&& use) {
  for (std::size_t i = 0; i + 1 < points.x.size(); ++i) {
    use(i, wet_piece((points.x[i + 1] - points.x[i]) * width, points.height[i], points.height[i + 1], depth));
  }
}

}  // namespace

double shallow_factor(double depth) {
  if (depth <= 0) return 0;
  if (depth >= kShallow) return 1;
  const double x = depth / kShallow;
  return x * (2 - x);
}

double Section::full_width() const {
  return points_ == nullptr ? width_ : (points_->x.back() - points_->x.front()) * width_;
}

double Section::wet_width(double depth) const {
  const double x = std::clamp(depth / kShallow, 0.0, 1.0);
  const double fraction = x * x * (3 - 2 * x);
  if (points_ == nullptr) return fraction * width_;
  double sum = 0;
  for_pieces(*points_, width_, depth, [&](std::size_t, const Piece& piece) { sum += piece.width; });
  return fraction * sum;
}

double Section::wet_perimeter(double depth) const {
  if (points_ == nullptr) return width_;
  double sum = 0;
  for_pieces(*points_, width_, depth, [&](std::size_t, const Piece& piece) { sum += piece.perimeter; });
  return sum;
}

double Section::wet_area(double depth) const {
  if (points_ == nullptr) return width_ * std::max(depth, 0.0);
  double sum = 0;
  for_pieces(*points_, width_, depth, [&](std::size_t, const Piece& piece) { sum += piece.area; });
  return sum;
}

double Section::conveyance(double depth) const {
  if (depth <= 0) return 0;
  if (points_ == nullptr) return width_ * depth * std::cbrt(depth * depth);
  double sum = 0;
  for_pieces(*points_, width_, depth, [&](std::size_t i, const Piece& piece) {
    if (piece.perimeter <= 0) return;
    const double radius = piece.area / piece.perimeter;
    sum +=
        piece.area * std::cbrt(radius * radius) / (points_->roughness.empty() ? 1.0 : points_->roughness[i]);
  });
  return sum;
}

double Section::depth(double wanted) const {
  if (!(wanted > 0)) return 0;
  if (points_ == nullptr) return std::pow(wanted / width_, 0.6);
  double low = 0;
  double high = 1;
  while (conveyance(high) < wanted) {
    low = high;
    high *= 2;
  }
  // Bisection: the pieces make conveyance rough, and it is called a few times a step only.
  for (int i = 0; i < 80 && high - low > 1e-14 * high; ++i) {
    const double middle = 0.5 * (low + high);
    (conveyance(middle) < wanted ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace phreatic::flow
