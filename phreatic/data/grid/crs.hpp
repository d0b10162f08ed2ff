// SPDX-License-Identifier: BSD-3-Clause
// Coordinate systems through GDAL (PROJ): what one is, whether two differ, transformation of points.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>

namespace phreatic::data {

struct Crs {
  std::string name;
  std::string wkt;
  bool geographic = false;  // degrees of longitude and latitude
  // Where it is meant for: west, south, east, north in degrees; NaN where that is not known.
  std::array<double, 4> area = {};
};
// Throws InputError when GDAL does not know the coordinate system ("EPSG:28992", WKT or PROJ text).
Crs find_crs(const std::string& crs);

enum class CrsRelation { same, datum, other };
// `datum`: the same but for the datum. Throws InputError.
CrsRelation compare_crs(const std::string& a, const std::string& b);

// x and y (longitude before latitude) from one coordinate system to another. Refused (InputError) where this
// machine knows no transformation between the datums: leaving the datum out would move places by up to hundreds of
// metres without a word.
class CrsTransform {
 public:
  CrsTransform(const std::string& from, const std::string& to);
  ~CrsTransform();
  CrsTransform(CrsTransform&&) noexcept;
  CrsTransform(const CrsTransform&) = delete;
  CrsTransform& operator=(const CrsTransform&) = delete;
  // One datum has no name (a sphere, as in GRIB files): datums are left out.
  bool rough() const;
  // In place; what cannot be transformed becomes NaN. Both spans have one size.
  void apply(std::span<double> x, std::span<double> y) const;

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace phreatic::data
