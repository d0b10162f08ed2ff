// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "phreatic/core/files/files.hpp"
#include "phreatic/trees/files/model_file.hpp"
#include "phreatic/trees/files/ubjson.hpp"

namespace phreatic::trees {
namespace {

using Json = nlohmann::json;
constexpr std::int32_t kNoParent = 2147483647;

Json tree_json(const Tree& tree, std::size_t id, std::size_t features) {
  const std::size_t n = tree.nodes.size();
  std::vector<std::int32_t> left(n), right(n), feature(n), missing(n), parent(n, kNoParent), plain(n, 0);
  std::vector<float> condition(n), cover(n), gain(n), weight(n);
  for (std::size_t i = 0; i < n; ++i) {
    const Node& node = tree.nodes[i];
    left[i] = node.left;
    right[i] = node.right;
    feature[i] = node.feature;
    missing[i] = node.default_left ? 1 : 0;
    condition[i] = node.leaf() ? node.value : node.threshold;
    cover[i] = node.cover;
    gain[i] = node.gain;
    weight[i] = node.value;
    if (node.leaf()) continue;
    parent[static_cast<std::size_t>(node.left)] = static_cast<std::int32_t>(i);
    parent[static_cast<std::size_t>(node.right)] = static_cast<std::int32_t>(i);
  }
  const Json none = Json::array();
  return {{"base_weights", weight},
          {"categories", none},
          {"categories_nodes", none},
          {"categories_segments", none},
          {"categories_sizes", none},
          {"default_left", missing},
          {"id", static_cast<std::int32_t>(id)},
          {"left_children", left},
          {"loss_changes", gain},
          {"parents", parent},
          {"right_children", right},
          {"split_conditions", condition},
          {"split_indices", feature},
          {"split_type", plain},
          {"sum_hessian", cover},
          {"tree_param",
           {{"num_deleted", "0"},
            {"num_feature", std::to_string(features)},
            {"num_nodes", std::to_string(n)},
            {"size_leaf_vector", "1"}}}};
}

// As XGBoost writes it, "-3.2029537E-1": the shortest text of the single-precision number, no zero before the exponent.
// XGBoost 1.7 takes other texts (more digits, "E-01") for 0.5 without a word.
std::string score_text(double score) {
  char text[32];
  const auto written =
      std::to_chars(text, text + sizeof(text), static_cast<float>(score), std::chars_format::scientific);
  const std::string_view all(text, static_cast<std::size_t>(written.ptr - text));
  const std::size_t e = all.find('e');
  return fmt::format("{}E{}", all.substr(0, e), std::atoi(std::string(all.substr(e + 1)).c_str()));
}

Json document(const Booster& booster) {
  Json trees = Json::array(), info = Json::array(), rounds = Json::array();
  for (std::size_t i = 0; i < booster.trees.size(); ++i) {
    trees.push_back(tree_json(booster.trees[i], i, booster.features));
    info.push_back(0);
  }
  for (std::size_t i = 0; i <= booster.trees.size(); i += booster.trees_per_round)
    rounds.push_back(static_cast<std::int32_t>(i));
  const Json model{{"gbtree_model_param",
                    {{"num_parallel_tree", std::to_string(booster.trees_per_round)},
                     {"num_trees", std::to_string(booster.trees.size())},
                     {"size_leaf_vector", "0"}}},
                   {"iteration_indptr", rounds},
                   {"tree_info", info},
                   {"trees", trees}};
  Json gradient{{"model", model}, {"name", "gbtree"}};
  if (!booster.tree_weight.empty())
    gradient = {{"gbtree", gradient}, {"name", "dart"}, {"weight_drop", booster.tree_weight}};
  Json objective{{"name", booster.objective}};
  for (const auto& [key, value] : booster.objective_parameters) {
    const std::size_t dot = key.find('.');
    objective[key.substr(0, dot)][key.substr(dot + 1)] = value;
  }
  return {{"learner",
           {{"attributes", booster.attributes},
            {"feature_names", booster.feature_names},
            {"feature_types", booster.feature_types},
            {"gradient_booster", gradient},
            {"learner_model_param",
             {{"base_score", score_text(booster.base_score)},
              {"boost_from_average", "1"},
              {"num_class", "0"},
              {"num_feature", std::to_string(booster.features)},
              {"num_target", "1"}}},
            {"objective", objective}}},
          {"version", {2, 1, 4}}};
}

}  // namespace

std::string to_json_model(const Booster& booster) { return document(booster).dump(); }
std::string to_ubjson_model(const Booster& booster) { return to_ubjson(document(booster)); }

void write_model(const Booster& booster, const std::filesystem::path& path) {
  core::write_file_atomic(path,
                          path.extension() == ".json" ? to_json_model(booster) : to_ubjson_model(booster));
}

}  // namespace phreatic::trees
