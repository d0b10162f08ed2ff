// SPDX-License-Identifier: BSD-3-Clause
// A text as one cell of a CSV file.
#pragma once

#include <string>

namespace phreatic::data::io {

// As it is; between quotes, with those inside doubled, where it holds a comma, a quote or the end of a line
// (RFC 4180).
inline std::string csv_text(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace phreatic::data::io
