// SPDX-License-Identifier: BSD-3-Clause
// The models of the shared data folder.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace shared_models {

inline std::filesystem::path shared_data() {
  const char* set = std::getenv("PHREATIC_SHARED_DATA");
  return set != nullptr ? std::filesystem::path(set) : std::filesystem::path("../shared/data");
}

// Folders in mf6/ that can be run.
inline std::vector<std::string> names() {
  return {
      "test021_twri",         "test004_lpfss",        "test041_flowdivert", "test005_advgw_tidal",
      "test007_75x75",        "test019_VilhelmsenGC", "test025_VariableCV", "test027_TimeseriesTest_idomain",
      "test030_hani_row",     "test035_fhb",          "test038_idomain",    "test053_npf-a",
      "test057_transientchd", "test060_gms_ets",      "flopy_mf6_freyberg", "mar_small_3x60x60"};
}

inline std::string test_name(std::string name) {
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

}  // namespace shared_models
