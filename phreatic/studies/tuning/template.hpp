// SPDX-License-Identifier: BSD-3-Clause
// What `phreatic init tuning` writes: a search, and the small study whose settings it searches.
#pragma once

#include <filesystem>

namespace phreatic::studies::tuning {

void write_template(const std::filesystem::path& folder);

}  // namespace phreatic::studies::tuning
