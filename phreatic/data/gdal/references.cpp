// SPDX-License-Identifier: BSD-3-Clause
#include <cpl_conv.h>
#include <cpl_error.h>
#include <gdal.h>

#include <limits>
#include <string>
#include <vector>

#include "phreatic/data/gdal/interface.h"
#include "phreatic/data/gdal/internal.hpp"

using namespace phreatic::gdal_library;

struct PhreaticTransform {
  OGRCoordinateTransformationH handle = nullptr;
};

namespace phreatic::gdal_library {

OGRSpatialReferenceH make_reference(const char* crs) {
  OGRSpatialReferenceH reference = OSRNewSpatialReference(nullptr);
  if (OSRSetFromUserInput(reference, crs) != OGRERR_NONE) {
    OSRDestroySpatialReference(reference);
    return nullptr;
  }
  OSRSetAxisMappingStrategy(reference, OAMS_TRADITIONAL_GIS_ORDER);
  return reference;
}

std::string wkt_of(OGRSpatialReferenceH reference) {
  if (reference == nullptr) return "";
  char* text = nullptr;
  const char* options[] = {"FORMAT=WKT2_2018", "MULTILINE=NO", nullptr};
  std::string out;
  if (OSRExportToWktEx(reference, &text, options) == OGRERR_NONE && text != nullptr) out = text;
  CPLFree(text);
  return out;
}

}  // namespace phreatic::gdal_library

namespace {

// A reference that is freed with its scope.
class Reference {
 public:
  explicit Reference(const char* crs) : handle_(make_reference(crs)) {}
  ~Reference() {
    if (handle_ != nullptr) OSRDestroySpatialReference(handle_);
  }
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;
  OGRSpatialReferenceH get() const { return handle_; }

 private:
  OGRSpatialReferenceH handle_;
};

bool has_named_datum(OGRSpatialReferenceH reference) {
  return OSRGetAuthorityCode(reference, "DATUM") != nullptr ||
         OSRGetAuthorityCode(reference, "GEOGCS") != nullptr;
}

const char* const kUnknown = "is no coordinate system that GDAL knows";

}  // namespace

extern "C" {

int phreatic_gdal_crs(const char* crs, int* geographic, double area[4], char* name, int name_size, char* wkt,
                      int wkt_size, char* error, int error_size) {
  start();
  const Reference reference(crs);
  if (reference.get() == nullptr) return fail(error, error_size, kUnknown);
  *geographic = OSRIsGeographic(reference.get()) != 0 ? 1 : 0;
  const char* place = nullptr;
  if (OSRGetAreaOfUse(reference.get(), &area[0], &area[1], &area[2], &area[3], &place) == 0 ||
      area[0] < -999) {
    for (int i = 0; i < 4; ++i) area[i] = std::numeric_limits<double>::quiet_NaN();
  }
  const char* text = OSRGetName(reference.get());
  copy_text(text == nullptr ? "" : text, name, name_size);
  copy_text(wkt_of(reference.get()), wkt, wkt_size);
  return 0;
}

int phreatic_gdal_compare_crs(const char* a, const char* b, int* relation, char* error, int error_size) {
  start();
  const Reference first(a);
  const Reference second(b);
  if (first.get() == nullptr || second.get() == nullptr) return fail(error, error_size, kUnknown);
  const char* same[] = {"IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES",
                        "CRITERION=EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCRS", nullptr};
  if (OSRIsSameEx(first.get(), second.get(), same) != 0) {
    *relation = 0;
    return 0;
  }
  *relation = 2;
  const bool degrees = OSRIsGeographic(first.get()) != 0 && OSRIsGeographic(second.get()) != 0;
  if (degrees) {
    *relation = 1;
  } else if (OSRIsProjected(first.get()) != 0 && OSRIsProjected(second.get()) != 0) {
    // The same projection: equal once both stand on one datum.
    OSRCopyGeogCSFrom(first.get(), second.get());
    const char* names = "CRITERION=EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCRS";
    const char* options[] = {names, "IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", nullptr};
    if (OSRIsSameEx(first.get(), second.get(), options) != 0) *relation = 1;
  }
  CPLErrorReset();
  return 0;
}

int phreatic_gdal_transform_open(const char* from, const char* to, PhreaticTransform** transform, int* rough,
                                 char* error, int error_size) {
  start();
  const Reference source(from);
  const Reference target(to);
  if (source.get() == nullptr || target.get() == nullptr) return fail(error, error_size, kUnknown);
  OGRCoordinateTransformationOptionsH options = OCTNewCoordinateTransformationOptions();
  OCTCoordinateTransformationOptionsSetBallparkAllowed(options, 0);
  OGRCoordinateTransformationH handle = OCTNewCoordinateTransformationEx(source.get(), target.get(), options);
  OCTDestroyCoordinateTransformationOptions(options);
  *rough = 0;
  if (handle == nullptr && !(has_named_datum(source.get()) && has_named_datum(target.get()))) {
    *rough = 1;
    handle = OCTNewCoordinateTransformation(source.get(), target.get());
  }
  if (handle == nullptr) return fail(error, error_size, "no transformation between the two is known here");
  CPLErrorReset();
  *transform = new PhreaticTransform{handle};
  return 0;
}

void phreatic_gdal_transform(PhreaticTransform* transform, int count, double* x, double* y) {
  start();
  std::vector<int> good(static_cast<std::size_t>(count));
  OCTTransformEx(transform->handle, count, x, y, nullptr, good.data());
  for (int i = 0; i < count; ++i) {
    if (good[static_cast<std::size_t>(i)] == 0) x[i] = y[i] = std::numeric_limits<double>::quiet_NaN();
  }
  CPLErrorReset();
}

void phreatic_gdal_transform_close(PhreaticTransform* transform) {
  if (transform == nullptr) return;
  OCTDestroyCoordinateTransformation(transform->handle);
  delete transform;
}

}  // extern "C"
