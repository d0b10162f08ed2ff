// SPDX-License-Identifier: BSD-3-Clause
// One spelling for texts that look the same: a letter and the mark on it are one character (composed, as most
// programs write them) or two (decomposed, as file names of macOS are).
#pragma once

#include <string>
#include <string_view>

namespace phreatic::core {

// UTF-8 with every letter and mark that make one character as that character, Hangul too. Marks that stand in
// canonical order, as all decompositions do, give Unicode's normal form C. Bytes that are not UTF-8 stay.
std::string composed(std::string_view text);

// Appends a character as UTF-8.
void append_utf8(std::string& out, char32_t code);

}  // namespace phreatic::core
