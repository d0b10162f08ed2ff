// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/geography.hpp"

#include <algorithm>
#include <cmath>
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

}  // namespace phreatic::data
