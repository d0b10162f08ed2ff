// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/engine/study_file.hpp"

#include <algorithm>
#include <filesystem>

#include "phreatic/core/errors.hpp"

namespace phreatic::studies {
namespace {

// Settings of the command line stand in no line of the file.
core::Node without_places(core::Node node) {
  node.line = node.column = node.key_line = node.key_column = 0;
  for (core::Node& item : node.items) item = without_places(item);
  for (auto& [key, entry] : node.entries) entry = without_places(entry);
  return node;
}

void apply_override(core::Tree& tree, const std::string& setting) {
  const std::size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw core::InputError({.where = "--set " + setting,
                            .what = "is not of the form key=value",
                            .allowed = "training.epochs=5"});
  }
  core::Node* node = &tree.root;
  std::string path = setting.substr(0, equals);
  for (std::size_t dot = 0; dot != std::string::npos;) {
    dot = path.find('.');
    const std::string key = path.substr(0, dot);
    if (dot != std::string::npos) path = path.substr(dot + 1);
    if (node->kind != core::Node::Kind::map) {
      *node = {};
      node->kind = core::Node::Kind::map;
    }
    const auto found = std::find_if(node->entries.begin(), node->entries.end(),
                                    [&](const auto& entry) { return entry.first == key; });
    if (found != node->entries.end()) {
      node = &found->second;
    } else {
      node->entries.emplace_back(key, core::Node{});
      node = &node->entries.back().second;
    }
  }
  *node = without_places(core::parse_yaml(setting.substr(equals + 1), "--set " + setting).root);
}

}  // namespace

StudyFile read_study(const std::string& path, const std::vector<std::string>& overrides) {
  StudyFile study;
  study.path = path;
  if (std::filesystem::is_directory(path)) study.path = (std::filesystem::path(path) / "study.yml").string();
  study.tree = core::read_yaml(study.path);
  for (const std::string& setting : overrides) apply_override(study.tree, setting);
  if (const core::Node* kind = study.tree.root.find("study"); kind != nullptr) study.kind = kind->scalar;
  return study;
}

}  // namespace phreatic::studies
