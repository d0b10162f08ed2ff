// SPDX-License-Identifier: BSD-3-Clause
// The settings of a study cut into named blocks, which is how stages ask for them: a stage sees the blocks
// that it declared, and their values are part of its key.
#pragma once

#include <any>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/settings/params.hpp"

namespace phreatic::studies::engine {

// Settings one by one: "training.epochs" -> "5", as text of the resolved study file.
using Leaves = std::map<std::string, std::string>;

// Leaves of a text that YamlWriter wrote, each with `prefix` before its name.
Leaves leaves_of_yaml(const std::string& yaml, const std::string& prefix);

class SettingsBlocks {
 public:
  // Adds described parameters (core/settings/params.hpp) as a block. `prefix` stands before their names in the study
  // file ("explain."), "" for settings at its top. Asserts that the name is new.
  template <class T>
  void add(const std::string& block, const T& value, const std::string& prefix) {
    insert(block, value, leaves_of_yaml(core::to_yaml(value), prefix));
  }
  // Asserts that the block is there and of this type.
  template <class T>
  const T& get(const std::string& block) const {
    const T* value = std::any_cast<T>(&find(block).value);
    PHREATIC_ASSERT(value != nullptr);
    return *value;
  }
  const Leaves& leaves(const std::string& block) const { return find(block).leaves; }
  std::vector<std::string> names() const;

 private:
  struct Block {
    std::any value;
    Leaves leaves;
  };
  const Block& find(const std::string& block) const;
  void insert(const std::string& block, std::any value, Leaves leaves);
  std::map<std::string, Block> blocks_;
};

}  // namespace phreatic::studies::engine
