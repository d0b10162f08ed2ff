// SPDX-License-Identifier: BSD-3-Clause
// Geodesic distance on the WGS 84 ellipsoid (Vincenty 1975, key vincenty1975).
#pragma once

namespace phreatic::data {

struct GeoPoint {
  double longitude = 0;  // degrees east
  double latitude = 0;   // degrees north
};

// Metres along the geodesic, to better than a millimetre. For nearly antipodal points, where the iteration
// does not converge, the great-circle distance on the mean sphere (error below 0.6 %). NaN for NaN
// coordinates.
double geodesic_distance_m(const GeoPoint& a, const GeoPoint& b);

}  // namespace phreatic::data
