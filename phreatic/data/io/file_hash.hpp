// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>

namespace phreatic::data::io {

// The same as core::hash_file, without holding the file in memory. Throws InputError.
std::string hash_large_file(const std::filesystem::path& path);

}  // namespace phreatic::data::io
