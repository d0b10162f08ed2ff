// SPDX-License-Identifier: BSD-3-Clause
#include "reference_models.hpp"

#include <cmath>
#include <limits>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/trees/files/model_file.hpp"

namespace phreatic::trees::testing {
namespace {

std::int32_t grow(Tree& tree, core::RandomStream& random, std::size_t features, std::size_t depth,
                  std::size_t grid, float cover) {
  const auto index = static_cast<std::int32_t>(tree.nodes.size());
  tree.nodes.emplace_back();
  tree.nodes.back().cover = cover;
  if (depth == 0 || (depth < 4 && random.uniform() < 0.2)) {
    tree.nodes.back().value = static_cast<float>(random.normal());
    return index;
  }
  Node node;
  node.cover = cover;
  node.feature = static_cast<std::int32_t>(random.below(features));
  node.threshold = static_cast<float>(random.below(grid)) / 4.0F;
  node.default_left = random.uniform() < 0.5;
  const auto share = static_cast<float>(random.uniform(0.1, 0.9));
  node.left = grow(tree, random, features, depth - 1, grid, cover * share);
  node.right = grow(tree, random, features, depth - 1, grid, cover * (1 - share));
  tree.nodes[static_cast<std::size_t>(index)] = node;
  return index;
}

}  // namespace

const std::vector<std::string>& reference_versions() {
  static const std::vector<std::string> versions{"xgboost-1.7.6", "xgboost-3.4.1"};
  return versions;
}

std::filesystem::path reference_folder(const std::string& version) {
  return std::filesystem::path("tests/reference/trees/data") / version;
}

Table table_of(const nlohmann::json& rows, std::vector<std::string> names) {
  Table out;
  out.rows = rows.size();
  for (const auto& row : rows) {
    for (const auto& v : row)
      out.values.push_back(v.is_null() ? std::numeric_limits<float>::quiet_NaN() : v.get<float>());
  }
  for (std::size_t f = names.size(); f < rows[0].size(); ++f) names.push_back("f" + std::to_string(f));
  out.names = names;
  return out;
}

std::vector<ReferenceModel> reference_models() {
  std::vector<ReferenceModel> out;
  for (const std::string& version : reference_versions()) {
    const std::filesystem::path folder = reference_folder(version);
    const auto rows = nlohmann::json::parse(core::read_file(folder / "rows.json"));
    const auto expected = nlohmann::json::parse(core::read_file(folder / "expected.json"));
    for (const auto& [name, values] : expected.items()) {
      std::filesystem::path path = folder / (name + ".json");
      if (!std::filesystem::exists(path)) path = folder / (name + ".ubj");
      const bool wide = name == "wide";
      out.push_back({version + "/" + path.filename().string(), path, read_model(path),
                     wide ? table_of(rows["wide"]) : table_of(rows["rows"], rows["names"]), values});
    }
  }
  return out;
}

Booster random_booster(std::uint64_t seed, std::size_t features, std::size_t trees, std::size_t depth,
                       std::size_t grid) {
  core::RandomStream random(seed, "random booster");
  Booster out;
  out.features = features;
  out.base_score = 0.25;
  for (std::size_t t = 0; t < trees; ++t) {
    out.trees.emplace_back();
    grow(out.trees.back(), random, features, depth, grid, 100.0F);
  }
  return out;
}

Table random_rows(std::uint64_t seed, std::size_t features, std::size_t rows, std::size_t grid) {
  core::RandomStream random(seed, "random rows");
  Table out;
  out.rows = rows;
  for (std::size_t f = 0; f < features; ++f) out.names.push_back("f" + std::to_string(f));
  for (std::size_t i = 0; i < rows * features; ++i) {
    const double kind = random.uniform();
    if (kind < 0.1)
      out.values.push_back(std::numeric_limits<float>::quiet_NaN());
    else if (kind < 0.6)
      out.values.push_back(static_cast<float>(random.below(grid)) / 4.0F);
    else
      out.values.push_back(static_cast<float>(random.uniform(-1, static_cast<double>(grid) / 4)));
  }
  return out;
}

double walk(const Booster& booster, const float* x) {
  auto sum = static_cast<double>(base_margin(booster));
  for (std::size_t t = 0; t < booster.trees.size(); ++t) {
    std::size_t i = 0;
    const auto& nodes = booster.trees[t].nodes;
    while (!nodes[i].leaf()) {
      const float v = x[nodes[i].feature];
      const bool left = std::isnan(v) ? nodes[i].default_left : v < nodes[i].threshold;
      i = static_cast<std::size_t>(left ? nodes[i].left : nodes[i].right);
    }
    sum += booster.weight(t) * static_cast<double>(nodes[i].value);
  }
  return sum;
}

}  // namespace phreatic::trees::testing
