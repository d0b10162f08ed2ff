// SPDX-License-Identifier: BSD-3-Clause
// Texts of files as UTF-8: what is written in UTF-16, in Windows-1252 (Latin-1 with further signs), in Mac Roman or
// in the DOS code page 850 is recognised or declared, and converted.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace phreatic::data::io {

enum class Encoding { utf8, windows_1252, mac_roman, ibm_850, utf16_little, utf16_big };

// "utf-8", "latin-1", "iso-8859-1", "windows-1252", "mac-roman", "cp850", "utf-16"; nothing for others ("auto").
std::optional<Encoding> parse_encoding(std::string_view name);
std::string to_text(Encoding encoding);

// Place of the first byte that is not UTF-8; npos when all is.
std::size_t first_not_utf8(std::string_view text);

// By its byte-order mark, by zero bytes at every other place, or because it is not UTF-8: then the one of Windows-1252,
// Mac Roman and code page 850 in which the letters fit best into their words; the first where none fits better.
Encoding detect_encoding(std::string_view text);

// The first word of a UTF-8 text with a letter beyond ASCII, to show how it was read; "" when there is none.
std::string example_word(std::string_view text);

// Converts in place to UTF-8 without byte-order mark. False where the bytes are not of this encoding.
bool make_utf8(std::string& text, Encoding encoding);

}  // namespace phreatic::data::io
