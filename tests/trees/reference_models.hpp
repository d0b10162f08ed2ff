// SPDX-License-Identifier: BSD-3-Clause
// Models that XGBoost 1.7.6 and 3.4.1 wrote, with what they give (tests/reference/trees/make_models.py).
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "phreatic/trees/booster.hpp"
#include "phreatic/trees/table.hpp"

namespace phreatic::trees::testing {

struct ReferenceModel {
  std::string label;  // "xgboost-3.4.1/dart.json"
  std::filesystem::path path;
  Booster booster;
  Table rows;
  nlohmann::json expected;  // margin, prediction, contributions, maybe interactions and interventional
};
const std::vector<std::string>& reference_versions();
std::filesystem::path reference_folder(const std::string& version);
// All of both versions.
std::vector<ReferenceModel> reference_models();

Table table_of(const nlohmann::json& rows, std::vector<std::string> names = {});

// A random booster: `trees` of at most `depth`, covers that add up, thresholds on a coarse grid so that values
// of random_rows often equal them, some missing ways.
Booster random_booster(std::uint64_t seed, std::size_t features, std::size_t trees, std::size_t depth,
                       std::size_t grid = 16);
Table random_rows(std::uint64_t seed, std::size_t features, std::size_t rows, std::size_t grid = 16);

// The margin by the definition: from the root to a leaf, node by node, in double precision.
double walk(const Booster& booster, const float* x);

}  // namespace phreatic::trees::testing
