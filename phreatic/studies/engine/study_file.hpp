// SPDX-License-Identifier: BSD-3-Clause
// A study file with the settings that replace its own (--set), before its kind reads it.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/settings/tree.hpp"

namespace phreatic::studies {

struct StudyFile {
  std::string path;  // as the user wrote it
  core::Tree tree;   // overrides put in
  std::string kind;  // its 'study:' key; "" without
};

// Reads `path`, or study.yml in it when it is a folder, and puts `overrides` ("training.epochs=5") into the
// tree, so that they are checked as the file's own lines are. Throws InputError.
StudyFile read_study(const std::string& path, const std::vector<std::string>& overrides);

}  // namespace phreatic::studies
