// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/geography.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "phreatic/core/errors.hpp"

namespace phreatic::data {
namespace {

constexpr double kMajor = 6378137.0;  // WGS 84, m
constexpr double kFlattening = 1 / 298.257223563;
constexpr double kMinor = kMajor * (1 - kFlattening);
constexpr double kDegree = std::numbers::pi / 180;

double sphere_distance(double lat1, double lat2, double dlon) {
  const double s1 = std::sin((lat2 - lat1) / 2);
  const double s2 = std::sin(dlon / 2);
  const double h = s1 * s1 + std::cos(lat1) * std::cos(lat2) * s2 * s2;
  return 2 * 6371008.8 * std::asin(std::min(1.0, std::sqrt(h)));
}

}  // namespace

double geodesic_distance_m(const GeoPoint& a, const GeoPoint& b) {
  const double lat1 = a.latitude * kDegree;
  const double lat2 = b.latitude * kDegree;
  const double dlon = std::remainder(b.longitude - a.longitude, 360.0) * kDegree;
  const double u1 = std::atan((1 - kFlattening) * std::tan(lat1));
  const double u2 = std::atan((1 - kFlattening) * std::tan(lat2));
  double lambda = dlon;
  for (int iteration = 0; iteration < 200; ++iteration) {
    const double x = std::cos(u2) * std::sin(lambda);
    const double y = std::cos(u1) * std::sin(u2) - std::sin(u1) * std::cos(u2) * std::cos(lambda);
    const double sin_sigma = std::hypot(x, y);
    if (sin_sigma == 0) return 0;
    const double cos_sigma = std::sin(u1) * std::sin(u2) + std::cos(u1) * std::cos(u2) * std::cos(lambda);
    const double sigma = std::atan2(sin_sigma, cos_sigma);
    const double sin_alpha = std::cos(u1) * std::cos(u2) * std::sin(lambda) / sin_sigma;
    const double cos2_alpha = 1 - sin_alpha * sin_alpha;
    const double cos_2m = cos2_alpha > 1e-14 ? cos_sigma - 2 * std::sin(u1) * std::sin(u2) / cos2_alpha : 0;
    const double c = kFlattening / 16 * cos2_alpha * (4 + kFlattening * (4 - 3 * cos2_alpha));
    const double before = lambda;
    lambda = dlon + (1 - c) * kFlattening * sin_alpha *
                        (sigma + c * sin_sigma * (cos_2m + c * cos_sigma * (2 * cos_2m * cos_2m - 1)));
    if (std::isnan(lambda)) return lambda;
    if (std::abs(lambda - before) > 1e-13) continue;
    const double u_square = cos2_alpha * (kMajor * kMajor - kMinor * kMinor) / (kMinor * kMinor);
    const double big_a =
        1 + u_square / 16384 * (4096 + u_square * (-768 + u_square * (320 - 175 * u_square)));
    const double big_b = u_square / 1024 * (256 + u_square * (-128 + u_square * (74 - 47 * u_square)));
    const double delta =
        big_b * sin_sigma *
        (cos_2m + big_b / 4 *
                      (cos_sigma * (2 * cos_2m * cos_2m - 1) -
                       big_b / 6 * cos_2m * (4 * sin_sigma * sin_sigma - 3) * (4 * cos_2m * cos_2m - 3)));
    return kMinor * big_a * (sigma - delta);
  }
  return sphere_distance(lat1, lat2, dlon);
}

namespace {

// Radii of curvature at a latitude: metres per radian north and east.
struct LocalScale {
  double north = 0;
  double east = 0;
  explicit LocalScale(double latitude) {
    const double e2 = kFlattening * (2 - kFlattening);
    const double s = std::sin(latitude * kDegree);
    const double w = std::sqrt(1 - e2 * s * s);
    north = kMajor * (1 - e2) / (w * w * w);
    east = kMajor / w * std::cos(latitude * kDegree);
  }
};

// Nearest point of a segment in the local plane around `p`.
GeoPoint nearest_on(const GeoPoint& p, const GeoPoint& a, const GeoPoint& b) {
  const LocalScale scale(p.latitude);
  const double ax = std::remainder(a.longitude - p.longitude, 360.0) * scale.east;
  const double ay = (a.latitude - p.latitude) * scale.north;
  const double bx = std::remainder(b.longitude - p.longitude, 360.0) * scale.east;
  const double by = (b.latitude - p.latitude) * scale.north;
  const double length = (bx - ax) * (bx - ax) + (by - ay) * (by - ay);
  const double share = length > 0 ? std::clamp(-(ax * (bx - ax) + ay * (by - ay)) / length, 0.0, 1.0) : 0;
  const double dlon = std::remainder(b.longitude - a.longitude, 360.0);
  return {a.longitude + share * dlon, a.latitude + share * (b.latitude - a.latitude)};
}

}  // namespace

double distance_to_line_m(const GeoPoint& point, std::span<const GeoPoint> line,
                          std::span<const std::size_t> line_starts) {
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool begins = i == 0 || std::binary_search(line_starts.begin(), line_starts.end(), i);
    const GeoPoint nearest = begins ? line[i] : nearest_on(point, line[i - 1], line[i]);
    // Cheap lower bound: latitudes alone.
    if (std::abs(nearest.latitude - point.latitude) * kDegree * 6.33e6 > best) continue;
    best = std::min(best, geodesic_distance_m(point, nearest));
  }
  return best;
}

std::vector<double> slope_degrees(std::span<const double> elevation_m, std::size_t rows, std::size_t columns,
                                  double dx_m, double dy_m) {
  PHREATIC_ASSERT(elevation_m.size() == rows * columns && dx_m > 0 && dy_m > 0);
  std::vector<double> slope(elevation_m.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t r = 1; r + 1 < rows; ++r) {
    for (std::size_t c = 1; c + 1 < columns; ++c) {
      const double* above = &elevation_m[(r - 1) * columns + c];
      const double* here = above + columns;
      const double* below = here + columns;
      const double east = above[1] + 2 * here[1] + below[1];
      const double west = above[-1] + 2 * here[-1] + below[-1];
      const double south = below[-1] + 2 * below[0] + below[1];
      const double north = above[-1] + 2 * above[0] + above[1];
      const double gradient = std::hypot((east - west) / (8 * dx_m), (south - north) / (8 * dy_m));
      slope[r * columns + c] = std::atan(gradient) / kDegree + 0 * here[0];  // a missing centre is missing
    }
  }
  return slope;
}

}  // namespace phreatic::data
