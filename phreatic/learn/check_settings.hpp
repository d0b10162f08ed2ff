// SPDX-License-Identifier: BSD-3-Clause
// What does not fit together in the settings of learning: told by the check of a study and, with the same words, before training.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/settings.hpp"

namespace phreatic::learn {

// `architectures`: names that model.architecture may have.
void check_settings(const LearnParams& params, core::Problems& problems,
                    const std::vector<std::string>& architectures = architecture_names());

}  // namespace phreatic::learn
