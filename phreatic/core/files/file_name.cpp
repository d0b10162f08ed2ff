// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/files/file_name.hpp"

#include <fmt/format.h>

#include "phreatic/core/files/files.hpp"

namespace phreatic::core {

std::string file_name(const std::string& text) {
  constexpr std::size_t kLongest = 200;
  std::string out;
  for (const char ch : text) {
    const bool plain = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
                       ch == '-' || ch == '_' || (ch == '.' && !out.empty());
    if (plain) {
      out += ch;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(ch)));
    }
  }
  if (out.empty()) return "%";
  if (out.size() <= kLongest) return out;
  return out.substr(0, kLongest - 33) + "%" + hash_bytes(text);
}

}  // namespace phreatic::core
