// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/gdal/library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "phreatic/core/errors.hpp"

namespace phreatic::data {
namespace {

template <class F>
void bind(void* library, const char* name, F& function) {
  function = reinterpret_cast<F>(::dlsym(library, name));
  if (function == nullptr)
    throw core::RunError(fmt::format("libphreatic_gdal.so has no {}; build again", name));
}

void* open_beside_program() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  std::string reason;
  for (const char* place : {".", "../bin", "../lib"}) {
    const std::filesystem::path path = (program / place / "libphreatic_gdal.so").lexically_normal();
    if (!std::filesystem::exists(path, error)) continue;
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) return library;
    reason = ::dlerror();
  }
  throw core::RunError("gridded files need libphreatic_gdal.so beside the program: " +
                       (reason.empty() ? "it is not there; build the target phreatic_gdal" : reason));
}

GdalLibrary open_library() {
  void* library = open_beside_program();
  GdalLibrary gdal;
  bind(library, "phreatic_gdal_version", gdal.version);
  if (gdal.version() != PHREATIC_GDAL_VERSION)
    throw core::RunError("libphreatic_gdal.so is of another version; build again");
  bind(library, "phreatic_gdal_open", gdal.open);
  bind(library, "phreatic_gdal_close", gdal.close);
  bind(library, "phreatic_gdal_band_time", gdal.band_time);
  bind(library, "phreatic_gdal_read", gdal.read);
  bind(library, "phreatic_gdal_to_pixel", gdal.to_pixel);
  bind(library, "phreatic_gdal_shapes", gdal.shapes);
  bind(library, "phreatic_gdal_write", gdal.write);
  bind(library, "phreatic_gdal_check_crs", gdal.check_crs);
  return gdal;
}

}  // namespace

const GdalLibrary& gdal() {
  static const GdalLibrary functions = open_library();
  return functions;
}

}  // namespace phreatic::data
