// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/gdal/library.hpp"

#include "phreatic/core/errors.hpp"
#include "phreatic/core/shared_object.hpp"

namespace phreatic::data {
namespace {

constexpr const char* kFile = "libphreatic_gdal.so";

GdalLibrary open_library() {
  void* library = core::open_shared_object(kFile, "PHREATIC_GDAL", "reading gridded files", "phreatic_gdal");
  const auto bind = [&](const char* name, auto& function) {
    core::bind_function(library, kFile, name, function);
  };
  GdalLibrary gdal;
  bind("phreatic_gdal_version", gdal.version);
  if (gdal.version() != PHREATIC_GDAL_VERSION)
    throw core::RunError("libphreatic_gdal.so is of another version; build again");
  bind("phreatic_gdal_open", gdal.open);
  bind("phreatic_gdal_close", gdal.close);
  bind("phreatic_gdal_text", gdal.text);
  bind("phreatic_gdal_read", gdal.read);
  bind("phreatic_gdal_read_bytes", gdal.read_bytes);
  bind("phreatic_gdal_crs", gdal.crs);
  bind("phreatic_gdal_compare_crs", gdal.compare_crs);
  bind("phreatic_gdal_transform_open", gdal.transform_open);
  bind("phreatic_gdal_transform", gdal.transform);
  bind("phreatic_gdal_transform_close", gdal.transform_close);
  bind("phreatic_gdal_shapes", gdal.shapes);
  bind("phreatic_gdal_create", gdal.create);
  bind("phreatic_gdal_put", gdal.put);
  bind("phreatic_gdal_put_bytes", gdal.put_bytes);
  bind("phreatic_gdal_finish", gdal.finish);
  bind("phreatic_gdal_write_zones", gdal.write_zones);
  return gdal;
}

}  // namespace

const GdalLibrary& gdal() {
  static const GdalLibrary functions = open_library();
  return functions;
}

}  // namespace phreatic::data
