// SPDX-License-Identifier: BSD-3-Clause
// For encoding.cpp alone.
#pragma once

#include <array>
#include <cstdint>

namespace phreatic::data::io {

using OneByteTable = std::array<std::uint16_t, 128>;  // of the bytes 0x80 to 0xFF

const OneByteTable& mac_roman_table();
const OneByteTable& ibm_850_table();

}  // namespace phreatic::data::io
