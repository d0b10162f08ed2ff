// SPDX-License-Identifier: BSD-3-Clause
// A study file as a tree of texts with positions. YAML is read once into this; duplicates, aliases, merge
// keys and nesting deeper than 64 are refused. Scalars stay texts: identifiers such as 010 or NO are never
// reinterpreted.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace phreatic::core {

struct Node {
  enum class Kind { null, scalar, list, map };
  // Defined in the source: a pair of text and Node must not be looked into before Node is complete.
  Node();
  Node(const Node& other);
  Node(Node&& other) noexcept;
  Node& operator=(const Node& other);
  Node& operator=(Node&& other) noexcept;
  ~Node();

  Kind kind = Kind::null;
  std::string scalar;
  bool quoted = false;
  std::vector<Node> items;                            // of a list
  std::vector<std::pair<std::string, Node>> entries;  // of a map, in file order, keys unique
  std::size_t line = 0;                               // 1-based; 0: of a setting given with --set
  std::size_t column = 0;                             // 1-based
  std::size_t key_line = 0;                           // of the key in its map
  std::size_t key_column = 0;

  const Node* find(std::string_view key) const;
};

struct Tree {
  std::string file;
  Node root;
};

// Throws InputError naming file, line and column.
Tree parse_yaml(std::string_view text, const std::string& file);
Tree read_yaml(const std::string& file);

}  // namespace phreatic::core
