// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/engine/settings_blocks.hpp"

#include <fmt/format.h>

#include "phreatic/core/settings/tree.hpp"

namespace phreatic::studies::engine {
namespace {

void flatten(const core::Node& node, const std::string& path, Leaves& leaves) {
  switch (node.kind) {
    case core::Node::Kind::map:
      for (const auto& [key, child] : node.entries)
        flatten(child, path.empty() || path.back() == '.' ? path + key : path + "." + key, leaves);
      return;
    case core::Node::Kind::list: {
      // A list of plain values is one setting; one of blocks is a setting for each.
      std::string plain;
      bool blocks = false;
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        const core::Node& item = node.items[i];
        if (item.kind == core::Node::Kind::scalar || item.kind == core::Node::Kind::null) {
          plain += (plain.empty() ? "" : ", ") + item.scalar;
        } else {
          blocks = true;
          flatten(item, fmt::format("{}[{}]", path, i), leaves);
        }
      }
      if (!blocks) leaves[path] = "[" + plain + "]";
      return;
    }
    case core::Node::Kind::scalar:
      leaves[path] = node.scalar;
      return;
    case core::Node::Kind::null:
      leaves[path] = "null";
  }
}

}  // namespace

Leaves leaves_of_yaml(const std::string& yaml, const std::string& prefix) {
  Leaves leaves;
  flatten(core::parse_yaml(yaml, "settings").root, prefix, leaves);
  return leaves;
}

std::vector<std::string> SettingsBlocks::names() const {
  std::vector<std::string> names;
  for (const auto& [name, block] : blocks_) names.push_back(name);
  return names;
}

const SettingsBlocks::Block& SettingsBlocks::find(const std::string& block) const {
  const auto found = blocks_.find(block);
  if (found == blocks_.end())
    core::assertion_failed(("there is no block of settings named " + block).c_str(), __FILE__, __LINE__);
  return found->second;
}

void SettingsBlocks::insert(const std::string& block, std::any value, Leaves leaves) {
  const bool is_new = blocks_.emplace(block, Block{std::move(value), std::move(leaves)}).second;
  PHREATIC_ASSERT(is_new);
}

}  // namespace phreatic::studies::engine
