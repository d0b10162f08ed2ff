// SPDX-License-Identifier: BSD-3-Clause
// Models in XGBoost's own formats, JSON (.json) and UBJSON (.ubj), as XGBoost 1.7 to 3.4 write them. What
// cannot be evaluated exactly is refused by name with a remedy: categorical splits, several outputs (classes,
// targets, vector leaves), boosters without trees, objectives that are not known. Method: docs/methods/trees.md.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "phreatic/trees/booster.hpp"

namespace phreatic::trees {

// Throws core::InputError with everything that is wrong. The format is known by its first bytes.
Booster read_model(const std::filesystem::path& path);
Booster parse_model(std::string_view bytes, const std::string& file);

// In the form of XGBoost 2.1, which 1.7 to 3.4 read. `.json` writes JSON, every other name UBJSON. Atomic.
void write_model(const Booster& booster, const std::filesystem::path& path);
std::string to_json_model(const Booster& booster);
std::string to_ubjson_model(const Booster& booster);

}  // namespace phreatic::trees
