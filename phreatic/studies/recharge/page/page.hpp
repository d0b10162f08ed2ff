// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>

#include "phreatic/studies/engine/kind.hpp"

namespace phreatic::studies::recharge {

// The report of a run folder, from its files alone.
Page page(const std::filesystem::path& run);

}  // namespace phreatic::studies::recharge
