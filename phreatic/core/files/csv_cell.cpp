// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/files/csv_cell.hpp"

namespace phreatic::core {
namespace {

constexpr std::string_view kGuarded = "=+-@\t'";

bool guarded(std::string_view text) {
  return !text.empty() && kGuarded.find(text.front()) != std::string_view::npos;
}

}  // namespace

std::string csv_cell(std::string_view text) {
  std::string out = guarded(text) ? "'" : "";
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return out.append(text);
  std::string quoted = "\"" + out;
  for (const char ch : text) {
    if (ch == '"') quoted += '"';
    quoted += ch;
  }
  return quoted + '"';
}

std::string text_of_csv_cell(std::string_view cell) {
  if (cell.size() > 1 && cell.front() == '\'' && guarded(cell.substr(1))) cell.remove_prefix(1);
  return std::string(cell);
}

}  // namespace phreatic::core
