// SPDX-License-Identifier: BSD-3-Clause
// libxgboost, opened on first use: the dozen functions of its C interface that training takes. Without it
// models are read, evaluated and explained all the same.
#pragma once

#include <cstdint>
#include <string>

namespace phreatic::trees {

struct XgboostLibrary {
  using Handle = void*;
  const char* (*last_error)();
  void (*version)(int* major, int* minor, int* patch);
  int (*matrix_from_values)(const float* data, std::uint64_t rows, std::uint64_t columns, float missing,
                            Handle* out);
  int (*matrix_set_floats)(Handle, const char* field, const float* values, std::uint64_t count);
  int (*matrix_free)(Handle);
  int (*booster_create)(const Handle* matrices, std::uint64_t count, Handle* out);
  int (*booster_free)(Handle);
  int (*booster_set)(Handle, const char* name, const char* value);
  int (*booster_update)(Handle, int round, Handle matrix);
  int (*booster_predict)(Handle, Handle matrix, const char* settings, const std::uint64_t** shape,
                         std::uint64_t* dimensions, const float** out);
  int (*booster_save)(Handle, const char* settings, std::uint64_t* bytes, const char** out);
  std::string path;
};

// Throws core::RunError that says where it was looked for and how to mend.
const XgboostLibrary& xgboost_library();
bool xgboost_available();
std::string xgboost_version();  // "3.4.1"

// Throws core::InputError with XGBoost's own message when a function refused.
void check_xgboost(int code, const std::string& what);

}  // namespace phreatic::trees
