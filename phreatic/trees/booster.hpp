// SPDX-License-Identifier: BSD-3-Clause
// Gradient-boosted regression trees (chen2016) as plain data:
//   margin(x) = m0 + sum over trees of w_tree * leaf(x),   prediction = link^-1(margin)
// A node sends a row to the left when x < threshold (in single precision, as XGBoost does); a missing value
// (NaN) goes the node's default way. Read and written in XGBoost's formats by files/model_file.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace phreatic::trees {

struct Node {
  std::int32_t left = -1;  // index into Tree::nodes; -1: a leaf
  std::int32_t right = -1;
  std::int32_t feature = 0;
  float threshold = 0;        // x < threshold goes left
  float value = 0;            // of a leaf; of another node what it would give as a leaf (0 = not known)
  float cover = 0;            // sum of hessians of the training rows that came here
  float gain = 0;             // of the split
  bool default_left = false;  // where a missing value goes
  bool leaf() const { return left < 0; }
};

// Node 0 is the root; every node is reached by one way at most.
struct Tree {
  std::vector<Node> nodes;
};

// How the margin becomes the prediction.
enum class Link {
  identity,
  log,    // prediction = exp(margin)
  logit,  // prediction = 1 / (1 + exp(-margin))
  sign    // prediction = 1 where the margin is positive, else 0
};

struct Booster {
  std::size_t features = 0;
  std::vector<std::string> feature_names;  // [features], or empty: the file has none
  std::vector<std::string> feature_types;  // [features] "float", "int", "q", "i"; or empty
  std::string objective = "reg:squarederror";
  double base_score = 0;                          // as the file has it, on the scale of the prediction
  std::vector<Tree> trees;                        // in the order of boosting
  std::vector<double> tree_weight;                // [trees] of DART; empty: all 1
  std::size_t trees_per_round = 1;                // more than one: a random forest per round
  std::map<std::string, std::string> attributes;  // of the user and of XGBoost's callbacks
  std::map<std::string, std::string> objective_parameters;  // "tweedie_variance_power" ...
  std::string version;                                      // of the XGBoost that wrote it, "3.4.1"

  double weight(std::size_t tree) const { return tree_weight.empty() ? 1.0 : tree_weight[tree]; }
};

// The objectives whose models are understood, and those that give several outputs.
const std::vector<std::string>& known_objectives();
bool known_objective(const std::string& name);
// Of a known objective. `base_margin`: m0 of the booster, in single precision as XGBoost keeps it.
Link link_of(const std::string& objective);
float base_margin(const Booster& booster);

// The prediction of a margin. In single precision, as XGBoost does it.
float transform(Link link, float margin);

// Name of a feature: the file's, or "f0", "f1" ... where it has none.
std::string feature_name(const Booster& booster, std::size_t feature);

// The most splits between the root and a leaf.
std::size_t depth(const Tree& tree);
std::size_t leaf_count(const Tree& tree);

}  // namespace phreatic::trees
