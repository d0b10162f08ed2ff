// SPDX-License-Identifier: BSD-3-Clause
// The header of a classic NetCDF file (CDF-1, CDF-2, CDF-5), looked through before the library gets it: the library
// believes what a damaged one says, takes any memory for it, and may crash.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace phreatic::data::io {

struct ClassicHeader {
  bool classic = false;          // of this kind at all; else nothing else is known
  std::string damage;            // "" = sound
  std::size_t longest_name = 0;  // bytes
};

// What cannot be opened is of no kind: opening it again says why.
ClassicHeader look_at_header(const std::filesystem::path& path);

}  // namespace phreatic::data::io
