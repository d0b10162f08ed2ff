// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/training/library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "phreatic/core/errors.hpp"

namespace phreatic::trees {
namespace {

namespace fs = std::filesystem;

// As PHREATIC_XGBOOST names it; where tools/setup puts it, below the checkout that this was built from; in the
// lib folder beside the program.
std::vector<fs::path> places() {
  std::vector<fs::path> out;
  if (const char* named = std::getenv("PHREATIC_XGBOOST"); named != nullptr && *named != '\0') {
    out.emplace_back(named);
    return out;
  }
  out.emplace_back(PHREATIC_XGBOOST_PLACE);
  Dl_info info{};
  std::error_code error;
  if (::dladdr(reinterpret_cast<const void*>(&places), &info) != 0 && info.dli_fname != nullptr) {
    const fs::path own = fs::read_symlink("/proc/self/exe", error);
    out.push_back(
        (own.parent_path() / "../lib/phreatic-xgboost/xgboost/lib/libxgboost.so").lexically_normal());
  }
  return out;
}

template <class F>
void bind(void* library, const char* name, F& function) {
  function = reinterpret_cast<F>(::dlsym(library, name));
  if (function == nullptr)
    throw core::RunError(
        fmt::format("libxgboost has no {}; version 2 or newer is needed: run tools/setup", name));
}

XgboostLibrary open_library() {
  XgboostLibrary out;
  std::string reason;
  void* library = nullptr;
  for (const fs::path& path : places()) {
    std::error_code error;
    if (!fs::exists(path, error)) {
      reason += fmt::format("\n  {}: not there", path.string());
      continue;
    }
    library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    out.path = path.string();
    if (library != nullptr) break;
    reason += fmt::format("\n  {}", ::dlerror());
  }
  if (library == nullptr)
    throw core::RunError(
        "training of trees needs XGBoost's library: run tools/setup, which puts it into .venv, or name "
        "a libxgboost.so with PHREATIC_XGBOOST. Looked for:" +
        reason);
  bind(library, "XGBGetLastError", out.last_error);
  bind(library, "XGBoostVersion", out.version);
  bind(library, "XGDMatrixCreateFromMat", out.matrix_from_values);
  bind(library, "XGDMatrixSetFloatInfo", out.matrix_set_floats);
  bind(library, "XGDMatrixFree", out.matrix_free);
  bind(library, "XGBoosterCreate", out.booster_create);
  bind(library, "XGBoosterFree", out.booster_free);
  bind(library, "XGBoosterSetParam", out.booster_set);
  bind(library, "XGBoosterUpdateOneIter", out.booster_update);
  bind(library, "XGBoosterPredictFromDMatrix", out.booster_predict);
  bind(library, "XGBoosterSaveModelToBuffer", out.booster_save);
  return out;
}

}  // namespace

const XgboostLibrary& xgboost_library() {
  static const XgboostLibrary library = open_library();
  return library;
}

bool xgboost_available() {
  try {
    xgboost_library();
    return true;
  } catch (const core::RunError&) {
    return false;
  }
}

std::string xgboost_version() {
  int major = 0, minor = 0, patch = 0;
  xgboost_library().version(&major, &minor, &patch);
  return fmt::format("{}.{}.{}", major, minor, patch);
}

void check_xgboost(int code, const std::string& what) {
  if (code == 0) return;
  std::string message = xgboost_library().last_error();
  message = message.substr(0, message.find("\nStack trace"));
  throw core::InputError({.where = what, .what = "XGBoost refused: " + message});
}

}  // namespace phreatic::trees
