// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/shared_object.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "phreatic/core/errors.hpp"

namespace phreatic::core {
namespace {

std::vector<std::filesystem::path> places(const std::string& file, const char* variable) {
  std::vector<std::filesystem::path> out;
  if (const char* named = std::getenv(variable)) out.emplace_back(named);
  Dl_info info{};
  std::error_code error;
  if (::dladdr(reinterpret_cast<const void*>(&places), &info) != 0 && info.dli_fname != nullptr) {
    std::filesystem::path own = std::filesystem::canonical(info.dli_fname, error);
    if (error) own = std::filesystem::read_symlink("/proc/self/exe", error);  // started by a bare name
    const std::string installed = std::string("../") + PHREATIC_LIBDIR;
    for (const std::string& place :
         {std::string("."), std::string("lib"), std::string("../bin"), std::string("../lib"), installed})
      out.push_back((own.parent_path() / place / file).lexically_normal());
  }
  out.push_back(std::filesystem::path(PHREATIC_INSTALLED_LIBRARIES) / file);
  return out;
}

}  // namespace

void* open_shared_object(const std::string& file, const char* variable, const std::string& need,
                         const std::string& target) {
  std::string reason = "it is not there; build the target " + target;
  for (const std::filesystem::path& path : places(file, variable)) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) continue;
    if (void* object = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return object;
    reason = ::dlerror();
  }
  throw RunError(
      fmt::format("{} needs {} beside the program (or named by {}): {}", need, file, variable, reason));
}

void* function_of(void* object, const std::string& file, const char* name) {
  if (void* function = ::dlsym(object, name)) return function;
  throw RunError(fmt::format("{} has no {}; build again", file, name));
}

}  // namespace phreatic::core
