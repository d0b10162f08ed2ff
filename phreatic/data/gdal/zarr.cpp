// SPDX-License-Identifier: BSD-3-Clause
// Zarr stores: an array [time ...][y][x] as a dataset of bands, with its times.
#include <cpl_conv.h>
#include <cpl_string.h>
#include <gdal.h>

#include <cstring>

#include "phreatic/data/gdal/internal.hpp"

namespace phreatic::gdal_library {
std::string text_attribute(GDALMDArrayH array, const char* name) {
  GDALAttributeH attribute = GDALMDArrayGetAttribute(array, name);
  if (attribute == nullptr) return "";
  const char* value = GDALAttributeReadAsString(attribute);
  std::string out = value == nullptr ? "" : value;
  GDALAttributeRelease(attribute);
  return out;
}

namespace {

std::size_t rank_of(GDALMDArrayH array) { return GDALMDArrayGetDimensionCount(array); }

// Names of the arrays that have rows and columns.
std::vector<std::string> grids_of(GDALGroupH group) {
  std::vector<std::string> out;
  char** names = GDALGroupGetMDArrayNames(group, nullptr);
  for (int i = 0; names != nullptr && names[i] != nullptr; ++i) {
    GDALMDArrayH array = GDALGroupOpenMDArray(group, names[i], nullptr);
    if (array != nullptr && rank_of(array) >= 2) out.emplace_back(names[i]);
    if (array != nullptr) GDALMDArrayRelease(array);
  }
  CSLDestroy(names);
  return out;
}

// Times of an array of three dimensions whose first is counted "since" a date.
void read_times(GDALGroupH group, GDALMDArrayH array, OpenStore& store) {
  std::size_t count = 0;
  GDALDimensionH* dimensions = GDALMDArrayGetDimensions(array, &count);
  if (count == 3) {
    GDALMDArrayH time = GDALGroupOpenMDArray(group, GDALDimensionGetName(dimensions[0]), nullptr);
    if (time != nullptr) {
      const char* own = GDALMDArrayGetUnit(time);  // GDAL takes the attribute away
      store.time_units = own == nullptr || *own == '\0' ? text_attribute(time, "units") : own;
      store.time_calendar = text_attribute(time, "calendar");
      store.times.resize(GDALDimensionGetSize(dimensions[0]));
      const GUInt64 from = 0;
      const std::size_t size = store.times.size();
      GDALExtendedDataTypeH type = GDALExtendedDataTypeCreate(GDT_Float64);
      if (store.time_units.find(" since ") == std::string::npos || rank_of(time) != 1 ||
          GDALMDArrayRead(time, &from, &size, nullptr, nullptr, type, store.times.data(), nullptr, 0) == 0)
        store.times.clear();
      GDALExtendedDataTypeRelease(type);
      GDALMDArrayRelease(time);
    }
  }
  GDALReleaseDimensions(dimensions, count);
}

// Rows and columns that are called after latitude and longitude.
bool axes_of_degrees(GDALGroupH group, GDALMDArrayH array) {
  std::size_t count = 0;
  GDALDimensionH* dimensions = GDALMDArrayGetDimensions(array, &count);
  bool degrees = count >= 2;
  for (std::size_t k = count < 2 ? count : count - 2; k < count; ++k) {
    GDALMDArrayH axis = GDALGroupOpenMDArray(group, GDALDimensionGetName(dimensions[k]), nullptr);
    const char* own = axis == nullptr ? nullptr : GDALMDArrayGetUnit(axis);
    std::string unit = own == nullptr ? "" : own;
    if (unit.empty() && axis != nullptr) unit = text_attribute(axis, "units");
    degrees = degrees && unit.rfind("degree", 0) == 0;
    if (axis != nullptr) GDALMDArrayRelease(axis);
  }
  GDALReleaseDimensions(dimensions, count);
  return degrees;
}

}  // namespace

bool is_store(const std::string& path) {
  std::string name = path;
  while (!name.empty() && name.back() == '/') name.pop_back();
  return name.size() > 5 && name.compare(name.size() - 5, 5, ".zarr") == 0;
}

bool open_store(const std::string& path, const std::string& variable, OpenStore& store, std::string& what) {
  GDALDatasetH file =
      GDALOpenEx(path.c_str(), GDAL_OF_MULTIDIM_RASTER | GDAL_OF_READONLY, nullptr, nullptr, nullptr);
  GDALGroupH group = file == nullptr ? nullptr : GDALDatasetGetRootGroup(file);
  if (group == nullptr) {
    what = "cannot be opened as a Zarr store";
    if (file != nullptr) GDALClose(file);
    return false;
  }
  const std::vector<std::string> names = grids_of(group);
  std::string name = variable;
  if (name.empty() && names.size() == 1) name = names.front();
  GDALMDArrayH array = name.empty() ? nullptr : GDALGroupOpenMDArray(group, name.c_str(), nullptr);
  const std::size_t rank = array == nullptr ? 0 : rank_of(array);
  if (rank == 2 || rank == 3) {
    store.dataset = GDALMDArrayAsClassicDataset(array, rank - 1, rank - 2);
    read_times(group, array, store);
    store.degrees = axes_of_degrees(group, array);
    if (store.dataset == nullptr) what = "cannot be read as a grid";
  } else if (names.empty()) {
    what = "it holds no grid";
  } else if (array == nullptr && variable.empty()) {
    what = "it holds several variables: ";
    for (const std::string& n : names) what += (&n == &names.front() ? "" : ", ") + n;
  } else {
    what = array == nullptr ? "it has no variable '" + name + "'"
                            : "its variable '" + name + "' has " + std::to_string(rank) +
                                  " dimensions; two or three can be read";
  }
  if (array != nullptr) GDALMDArrayRelease(array);
  GDALGroupRelease(group);
  GDALClose(file);  // the dataset of the array holds what it needs
  return store.dataset != nullptr;
}

}  // namespace phreatic::gdal_library
