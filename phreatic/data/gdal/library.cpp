// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/gdal/library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"

namespace phreatic::data {
namespace {

template <class F>
void bind(void* library, const char* name, F& function) {
  function = reinterpret_cast<F>(::dlsym(library, name));
  if (function == nullptr)
    throw core::RunError(fmt::format("libphreatic_gdal.so has no {}; build again", name));
}

// Where the object may lie: as PHREATIC_GDAL names it, beside the program or shared object that holds this code (which
// may be a module of another program), in a folder lib there or beside that, and where it was installed.
std::vector<std::filesystem::path> places() {
  std::vector<std::filesystem::path> out;
  if (const char* named = std::getenv("PHREATIC_GDAL")) out.emplace_back(named);
  Dl_info info{};
  std::error_code error;
  if (::dladdr(reinterpret_cast<const void*>(&places), &info) != 0 && info.dli_fname != nullptr) {
    std::filesystem::path own = std::filesystem::canonical(info.dli_fname, error);
    if (error) own = std::filesystem::read_symlink("/proc/self/exe", error);  // started by a bare name
    for (const char* place : {".", "lib", "../bin", "../lib", "../" PHREATIC_LIBDIR})
      out.push_back((own.parent_path() / place / "libphreatic_gdal.so").lexically_normal());
  }
  out.emplace_back(PHREATIC_INSTALLED_LIBRARIES "/libphreatic_gdal.so");
  return out;
}

void* open_object() {
  std::string reason;
  for (const std::filesystem::path& path : places()) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) continue;
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) return library;
    reason = ::dlerror();
  }
  throw core::RunError(
      "gridded files need libphreatic_gdal.so beside the program (or named by PHREATIC_GDAL): " +
      (reason.empty() ? "it is not there; build the target phreatic_gdal" : reason));
}

GdalLibrary open_library() {
  void* library = open_object();
  GdalLibrary gdal;
  bind(library, "phreatic_gdal_version", gdal.version);
  if (gdal.version() != PHREATIC_GDAL_VERSION)
    throw core::RunError("libphreatic_gdal.so is of another version; build again");
  bind(library, "phreatic_gdal_open", gdal.open);
  bind(library, "phreatic_gdal_close", gdal.close);
  bind(library, "phreatic_gdal_text", gdal.text);
  bind(library, "phreatic_gdal_read", gdal.read);
  bind(library, "phreatic_gdal_read_bytes", gdal.read_bytes);
  bind(library, "phreatic_gdal_crs", gdal.crs);
  bind(library, "phreatic_gdal_compare_crs", gdal.compare_crs);
  bind(library, "phreatic_gdal_transform_open", gdal.transform_open);
  bind(library, "phreatic_gdal_transform", gdal.transform);
  bind(library, "phreatic_gdal_transform_close", gdal.transform_close);
  bind(library, "phreatic_gdal_shapes", gdal.shapes);
  bind(library, "phreatic_gdal_create", gdal.create);
  bind(library, "phreatic_gdal_put", gdal.put);
  bind(library, "phreatic_gdal_put_bytes", gdal.put_bytes);
  bind(library, "phreatic_gdal_finish", gdal.finish);
  bind(library, "phreatic_gdal_write_zones", gdal.write_zones);
  return gdal;
}

}  // namespace

const GdalLibrary& gdal() {
  static const GdalLibrary functions = open_library();
  return functions;
}

}  // namespace phreatic::data
