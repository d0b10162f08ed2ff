// SPDX-License-Identifier: BSD-3-Clause
// What does not fit together in the settings of learning: told by the check of a study and, with the same words, before training.
#pragma once

#include <cstddef>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/settings.hpp"

namespace phreatic::learn {

// For a study with so many targets.
void check_settings(const LearnParams& params, std::size_t targets, core::Problems& problems);

}  // namespace phreatic::learn
