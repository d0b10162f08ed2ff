// SPDX-License-Identifier: BSD-3-Clause
// Where the cells of a NetCDF file lie that has a single row or column, which GDAL does not tell: from its axes.
#include <cpl_string.h>
#include <gdal.h>

#include <cmath>

#include "phreatic/data/gdal/internal.hpp"

namespace phreatic::gdal_library {
namespace {

std::vector<double> numbers_of(GDALMDArrayH array) {
  std::size_t count = 0;
  GDALDimensionH* dimensions = GDALMDArrayGetDimensions(array, &count);
  std::vector<GUInt64> from(count, 0);
  std::vector<std::size_t> sizes;
  std::size_t all = 1;
  for (std::size_t k = 0; k < count; ++k) {
    sizes.push_back(GDALDimensionGetSize(dimensions[k]));
    all *= sizes.back();
  }
  GDALReleaseDimensions(dimensions, count);
  std::vector<double> out(all);
  GDALExtendedDataTypeH type = GDALExtendedDataTypeCreate(GDT_Float64);
  if (count == 0 || count > 2 ||
      GDALMDArrayRead(array, from.data(), sizes.data(), nullptr, nullptr, type, out.data(), nullptr, 0) == 0)
    out.clear();
  GDALExtendedDataTypeRelease(type);
  return out;
}

struct Axis {
  double first = 0, last = 0;  // centres
  double step = 0;             // 0: not known
};

// Of an axis whose centres are regular; a single one has the size of its bounds, where it has some.
bool axis_of(GDALGroupH group, const char* name, Axis& axis) {
  GDALMDArrayH array = GDALGroupOpenMDArray(group, name, nullptr);
  if (array == nullptr) return false;
  const std::vector<double> centres = numbers_of(array);
  const std::string bounds = text_attribute(array, "bounds");
  GDALMDArrayRelease(array);
  if (centres.empty()) return false;
  axis = {centres.front(), centres.back(), 0};
  if (centres.size() > 1) {
    axis.step = (axis.last - axis.first) / static_cast<double>(centres.size() - 1);
    for (std::size_t i = 0; i < centres.size(); ++i) {
      if (std::abs(centres[i] - axis.first - static_cast<double>(i) * axis.step) > 0.1 * std::abs(axis.step))
        return false;
    }
  } else if (GDALMDArrayH edges =
                 bounds.empty() ? nullptr : GDALGroupOpenMDArray(group, bounds.c_str(), nullptr)) {
    const std::vector<double> ends = numbers_of(edges);
    if (ends.size() == 2)
      axis = {0.5 * (ends[0] + ends[1]), 0.5 * (ends[0] + ends[1]), std::abs(ends[1] - ends[0])};
    GDALMDArrayRelease(edges);
  }
  return true;
}

// The rows' and the columns' axis of the variable, or of the only one with rows and columns.
bool axes_of(GDALGroupH group, const std::string& variable, Axis& y, Axis& x) {
  GDALMDArrayH array = nullptr;
  char** names = GDALGroupGetMDArrayNames(group, nullptr);
  for (int i = 0; names != nullptr && names[i] != nullptr; ++i) {
    if (!variable.empty() && variable != names[i]) continue;
    GDALMDArrayH found = GDALGroupOpenMDArray(group, names[i], nullptr);
    if (found == nullptr) continue;
    const std::string name = names[i];
    const bool is_bounds = name.find("bnds") != std::string::npos || name.find("bounds") != std::string::npos;
    if (array == nullptr && GDALMDArrayGetDimensionCount(found) >= 2 && !is_bounds)
      array = found;
    else
      GDALMDArrayRelease(found);
  }
  CSLDestroy(names);
  if (array == nullptr) return false;
  std::size_t count = 0;
  GDALDimensionH* dimensions = GDALMDArrayGetDimensions(array, &count);
  const bool good = axis_of(group, GDALDimensionGetName(dimensions[count - 2]), y) &&
                    axis_of(group, GDALDimensionGetName(dimensions[count - 1]), x);
  GDALReleaseDimensions(dimensions, count);
  GDALMDArrayRelease(array);
  return good;
}

}  // namespace

int place_by_axes(const std::string& path, const std::string& variable, double transform[6]) {
  GDALDatasetH file =
      GDALOpenEx(path.c_str(), GDAL_OF_MULTIDIM_RASTER | GDAL_OF_READONLY, nullptr, nullptr, nullptr);
  GDALGroupH group = file == nullptr ? nullptr : GDALDatasetGetRootGroup(file);
  Axis x, y;
  int placed = group != nullptr && axes_of(group, variable, y, x) ? 1 : 0;
  if (group != nullptr) GDALGroupRelease(group);
  if (file != nullptr) GDALClose(file);
  if (placed == 0 || (x.step == 0 && y.step == 0)) return 0;
  if (x.step == 0 || y.step == 0) placed = 2;
  if (x.step == 0) x.step = std::abs(y.step);
  if (y.step == 0) y.step = std::abs(x.step);
  // GDAL gives the row that is stored last first, where it does not place a file.
  const double values[6] = {x.first - 0.5 * x.step, x.step, 0, y.last + 0.5 * y.step, 0, -y.step};
  for (int k = 0; k < 6; ++k) transform[k] = values[k];
  return placed;
}

}  // namespace phreatic::gdal_library
