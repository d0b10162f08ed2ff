// SPDX-License-Identifier: BSD-3-Clause
#include <cpl_error.h>
#include <gdal.h>
#include <ogr_api.h>

#include <cstring>
#include <string>
#include <vector>

#include "phreatic/data/gdal/interface.h"
#include "phreatic/data/gdal/internal.hpp"

using namespace phreatic::gdal_library;

namespace {

OGRLayerH find_layer(GDALDatasetH dataset, const char* layer) {
  return *layer == '\0' ? GDALDatasetGetLayer(dataset, 0) : GDALDatasetGetLayerByName(dataset, layer);
}

struct Walk {
  PhreaticVertex vertex;
  void* user;
  int part = 0;
};

void visit_points(OGRGeometryH line, bool polygon, int ring, const Walk& walk) {
  const int points = OGR_G_GetPointCount(line);
  for (int i = 0; i < points; ++i)
    walk.vertex(walk.user, walk.part, ring, polygon ? 1 : 0, OGR_G_GetX(line, i), OGR_G_GetY(line, i));
}

void visit(OGRGeometryH geometry, Walk& walk) {
  const OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(geometry));
  const int parts = OGR_G_GetGeometryCount(geometry);
  if (type == wkbPolygon) {
    for (int ring = 0; ring < parts; ++ring)
      visit_points(OGR_G_GetGeometryRef(geometry, ring), true, ring, walk);
    ++walk.part;
  } else if (parts > 0) {
    for (int i = 0; i < parts; ++i) visit(OGR_G_GetGeometryRef(geometry, i), walk);
  } else if (OGR_G_GetPointCount(geometry) > 0) {
    visit_points(geometry, false, 0, walk);
    ++walk.part;
  }
}

// What is wrong with a geometry; with `repair`, replaces it by a valid one.
std::string examine(OGRGeometryH* geometry, bool repair) {
  const OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(*geometry));
  if (type != wkbPolygon && type != wkbMultiPolygon && type != wkbGeometryCollection) return "";
  CPLErrorReset();
  if (OGR_G_IsValid(*geometry) != 0) return "";
  const char* reason = CPLGetLastErrorMsg();
  std::string trouble = reason == nullptr || *reason == '\0' ? "it crosses itself" : reason;
  CPLErrorReset();
  if (!repair) return trouble;
  OGRGeometryH mended = OGR_G_MakeValid(*geometry);
  if (mended == nullptr) return trouble + "; it cannot be mended";
  OGR_G_DestroyGeometry(*geometry);
  *geometry = mended;
  return trouble;
}

}  // namespace

extern "C" {

int phreatic_gdal_shapes(const char* path, const char* layer, const char* id_field, int repair,
                         double segment, PhreaticFeature feature, PhreaticVertex vertex, void* user,
                         char* crs, int crs_size, char* error, int error_size) {
  start();
  GDALDatasetH dataset = GDALOpenEx(path, GDAL_OF_VECTOR, nullptr, nullptr, nullptr);
  if (dataset == nullptr) return fail(error, error_size, "cannot be opened as a file of lines or polygons");
  OGRLayerH handle = find_layer(dataset, layer);
  const int field = handle == nullptr || *id_field == '\0'
                        ? -1
                        : OGR_FD_GetFieldIndex(OGR_L_GetLayerDefn(handle), id_field);
  if (handle == nullptr || (*id_field != '\0' && field < 0)) {
    GDALClose(dataset);
    return fail(error, error_size,
                handle == nullptr ? std::string("there is no layer ") + layer
                                  : std::string("there is no field ") + id_field);
  }
  copy_text(wkt_of(OGR_L_GetSpatialRef(handle)), crs, crs_size);
  OGR_L_ResetReading(handle);
  int number = 0;
  for (OGRFeatureH f = OGR_L_GetNextFeature(handle); f != nullptr; f = OGR_L_GetNextFeature(handle)) {
    ++number;
    const std::string id = field < 0 ? std::to_string(number) : OGR_F_GetFieldAsString(f, field);
    OGRGeometryH geometry = OGR_F_StealGeometry(f);
    std::string trouble = geometry == nullptr ? "it has no geometry" : examine(&geometry, repair != 0);
    if (geometry != nullptr && segment > 0) OGR_G_Segmentize(geometry, segment);
    feature(user, id.c_str(), trouble.c_str());
    Walk walk{vertex, user};
    if (geometry != nullptr) visit(geometry, walk);
    if (geometry != nullptr) OGR_G_DestroyGeometry(geometry);
    OGR_F_Destroy(f);
  }
  GDALClose(dataset);
  return 0;
}

int phreatic_gdal_write_zones(const char* source, const char* layer, const char* path, int features,
                              int fields, const char* const* names, const double* values, char* error,
                              int error_size) {
  start();
  GDALDatasetH from = GDALOpenEx(source, GDAL_OF_VECTOR, nullptr, nullptr, nullptr);
  OGRLayerH in = from == nullptr ? nullptr : find_layer(from, layer);
  GDALDriverH driver = GDALGetDriverByName("GPKG");
  GDALDatasetH to =
      in == nullptr || driver == nullptr ? nullptr : GDALCreate(driver, path, 0, 0, 0, GDT_Unknown, nullptr);
  OGRLayerH out = to == nullptr ? nullptr
                                : GDALDatasetCreateLayer(to, "zones", OGR_L_GetSpatialRef(in),
                                                         OGR_L_GetGeomType(in), nullptr);
  bool good = out != nullptr;
  std::vector<int> places;
  std::vector<int> copied;
  if (good) {
    OGRFeatureDefnH shape = OGR_L_GetLayerDefn(in);
    for (int i = 0; i < OGR_FD_GetFieldCount(shape); ++i) {
      // A table has its own fid column; a field of that name is left out.
      const bool taken = EQUAL(OGR_Fld_GetNameRef(OGR_FD_GetFieldDefn(shape, i)), "fid");
      if (!taken) good = good && OGR_L_CreateField(out, OGR_FD_GetFieldDefn(shape, i), 1) == OGRERR_NONE;
      copied.push_back(taken ? -1 : OGR_FD_GetFieldCount(OGR_L_GetLayerDefn(out)) - 1);
    }
    for (int i = 0; i < fields; ++i) {
      OGRFieldDefnH number = OGR_Fld_Create(names[i], OFTReal);
      good = good && OGR_L_CreateField(out, number, 1) == OGRERR_NONE;
      places.push_back(OGR_FD_GetFieldCount(OGR_L_GetLayerDefn(out)) - 1);
      OGR_Fld_Destroy(number);
    }
    good = good && OGR_L_StartTransaction(out) == OGRERR_NONE;
    OGR_L_ResetReading(in);
  }
  for (int row = 0; good && row < features; ++row) {
    OGRFeatureH f = OGR_L_GetNextFeature(in);
    OGRFeatureH g = OGR_F_Create(OGR_L_GetLayerDefn(out));
    good = f != nullptr && OGR_F_SetFromWithMap(g, f, 1, copied.data()) == OGRERR_NONE;
    OGR_F_SetFID(g, OGRNullFID);
    for (int i = 0; i < fields; ++i) {
      const double value = values[static_cast<std::size_t>(row) * static_cast<std::size_t>(fields) +
                                  static_cast<std::size_t>(i)];
      if (value == value) OGR_F_SetFieldDouble(g, places[static_cast<std::size_t>(i)], value);
    }
    good = good && OGR_L_CreateFeature(out, g) == OGRERR_NONE;
    OGR_F_Destroy(g);
    if (f != nullptr) OGR_F_Destroy(f);
  }
  good = good && OGR_L_CommitTransaction(out) == OGRERR_NONE;
  if (to != nullptr) GDALClose(to);
  if (from != nullptr) GDALClose(from);
  if (!good || CPLGetLastErrorType() >= CE_Failure) return fail(error, error_size, "cannot be written");
  return 0;
}

}  // extern "C"
