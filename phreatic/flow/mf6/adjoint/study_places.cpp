// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/adjoint/study_places.hpp"

namespace phreatic::flow::mf6 {
namespace {

const core::Node* item_called(const core::Node& root, const std::string& list, const std::string& rest) {
  const core::Node* items = root.find(list);
  if (items == nullptr) return nullptr;
  for (const core::Node& item : items->items) {
    const core::Node* name = item.find("name");
    if (name == nullptr || rest.rfind(name->scalar, 0) != 0) continue;
    if (rest.size() == name->scalar.size() || rest[name->scalar.size()] == ':') return &item;
  }
  return nullptr;
}

const core::Node* key_called(const core::Node& root, const std::string& place, const std::string& section) {
  std::string rest = place.substr(0, place.find(':'));
  const core::Node* node = &root;
  for (std::size_t dot = 0; node != nullptr && (dot = rest.find('.')) != std::string::npos;) {
    node = node->find(rest.substr(0, dot));
    rest = rest.substr(dot + 1);
  }
  if (node == nullptr) return nullptr;
  if (const core::Node* found = node->find(rest)) return found;
  const core::Node* in = root.find(section);
  return in == nullptr ? nullptr : in->find(rest);
}

}  // namespace

std::vector<core::Problem> in_study(std::vector<core::Problem> problems, const core::Tree& tree,
                                    const std::string& list, const std::string& prefix,
                                    const std::string& section) {
  for (core::Problem& problem : problems) {
    if (!problem.file.empty()) continue;
    const core::Node* node = problem.where.rfind(prefix, 0) == 0
                                 ? item_called(tree.root, list, problem.where.substr(prefix.size()))
                                 : key_called(tree.root, problem.where, section);
    problem.file = tree.file;
    if (node == nullptr) continue;
    problem.line = node->key_line > 0 ? node->key_line : node->line;
  }
  return problems;
}

}  // namespace phreatic::flow::mf6
