// SPDX-License-Identifier: BSD-3-Clause
// Any text as the name of a file or folder.
#pragma once

#include <string>

namespace phreatic::core {

// Letters, digits, - and _ (and . but not in front) stand for themselves, every other byte is %XX, as in addresses: two texts never share a name, and none
// leads out of its folder. A name longer than 200 bytes is cut and ends with % and a hash of the text. The empty text is "%".
std::string file_name(const std::string& text);

}  // namespace phreatic::core
