// SPDX-License-Identifier: BSD-3-Clause
// Where in a study file stands what a problem is about that was found with the model at hand.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/settings/tree.hpp"

namespace phreatic::flow::mf6 {

// Gives problems without a file the study's, and the line: of the item called NAME in `list` where a problem's place is
// `prefix` NAME (with or without more behind a colon), otherwise of the key that its place names ("section.key" or "key",
// looked for in `section` too).
std::vector<core::Problem> in_study(std::vector<core::Problem> problems, const core::Tree& tree,
                                    const std::string& list, const std::string& prefix,
                                    const std::string& section);

}  // namespace phreatic::flow::mf6
