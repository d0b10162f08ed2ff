// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/booster.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "phreatic/core/errors.hpp"

namespace phreatic::trees {
namespace {

struct Objective {
  const char* name;
  Link link;       // margin -> prediction
  Link base_link;  // base score -> margin
};

constexpr std::array<Objective, 17> kObjectives{{
    {"reg:squarederror", Link::identity, Link::identity},
    {"reg:linear", Link::identity, Link::identity},
    {"reg:squaredlogerror", Link::identity, Link::identity},
    {"reg:pseudohubererror", Link::identity, Link::identity},
    {"reg:absoluteerror", Link::identity, Link::identity},
    {"reg:quantileerror", Link::identity, Link::identity},
    {"reg:logistic", Link::logit, Link::logit},
    {"binary:logistic", Link::logit, Link::logit},
    {"binary:logitraw", Link::identity, Link::identity},
    {"binary:hinge", Link::sign, Link::identity},
    {"count:poisson", Link::log, Link::log},
    {"reg:gamma", Link::log, Link::log},
    {"reg:tweedie", Link::log, Link::log},
    {"survival:cox", Link::log, Link::log},
    {"rank:ndcg", Link::identity, Link::identity},
    {"rank:map", Link::identity, Link::identity},
    {"rank:pairwise", Link::identity, Link::identity},
}};

const Objective* find(const std::string& name) {
  for (const Objective& o : kObjectives) {
    if (name == o.name) return &o;
  }
  return nullptr;
}

// (node, depth) of every node reached from the root.
template <class Visit>
void for_each_reached(const Tree& tree, const Visit& visit) {
  std::vector<std::pair<std::int32_t, std::size_t>> open{{0, 0}};
  while (!open.empty()) {
    const auto [index, level] = open.back();
    open.pop_back();
    const Node& node = tree.nodes[static_cast<std::size_t>(index)];
    visit(node, level);
    if (node.leaf()) continue;
    open.emplace_back(node.right, level + 1);
    open.emplace_back(node.left, level + 1);
  }
}

}  // namespace

const std::vector<std::string>& known_objectives() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const Objective& o : kObjectives) out.emplace_back(o.name);
    return out;
  }();
  return names;
}

bool known_objective(const std::string& name) { return find(name) != nullptr; }

Link link_of(const std::string& objective) {
  const Objective* o = find(objective);
  PHREATIC_ASSERT(o != nullptr);
  return o->link;
}

float base_margin(const Booster& booster) {
  const Objective* o = find(booster.objective);
  PHREATIC_ASSERT(o != nullptr);
  const auto score = static_cast<float>(booster.base_score);
  if (o->base_link == Link::log) return std::log(score);
  if (o->base_link == Link::logit) return -std::log(1.0F / score - 1.0F);
  return score;
}

float transform(Link link, float margin) {
  switch (link) {
    case Link::log:
      return std::exp(margin);
    case Link::logit:
      return 1.0F / (1.0F + std::exp(-margin));
    case Link::sign:
      return margin > 0.0F ? 1.0F : 0.0F;
    case Link::identity:
      break;
  }
  return margin;
}

std::string feature_name(const Booster& booster, std::size_t feature) {
  return feature < booster.feature_names.size() ? booster.feature_names[feature]
                                                : "f" + std::to_string(feature);
}

std::size_t depth(const Tree& tree) {
  std::size_t deepest = 0;
  for_each_reached(tree, [&](const Node&, std::size_t level) { deepest = std::max(deepest, level); });
  return deepest;
}

std::size_t leaf_count(const Tree& tree) {
  std::size_t leaves = 0;
  for_each_reached(tree, [&](const Node& node, std::size_t) { leaves += node.leaf() ? 1U : 0U; });
  return leaves;
}

}  // namespace phreatic::trees
