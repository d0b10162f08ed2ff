// SPDX-License-Identifier: BSD-3-Clause
// Releases of gravity products, as their files' names tell them (RL05, RL06.3, RL0603).
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace phreatic::studies::downscaling {

// As "06" or "06.3"; empty where no name tells one.
std::set<std::string> releases_of(const std::vector<std::filesystem::path>& files);

}  // namespace phreatic::studies::downscaling
