// SPDX-License-Identifier: BSD-3-Clause
// What is said of a path that leads nowhere, wherever it was given: in a study, on the command line, in a file.
#pragma once

#include <filesystem>
#include <string>

namespace phreatic::core {

// "Check the path", with the place that a relative one was looked for at.
inline std::string check_path(const std::filesystem::path& path) {
  if (path.is_absolute()) return "Check the path";
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(path, error);
  return error ? "Check the path"
               : "Check the path; it was looked for at " + whole.lexically_normal().string();
}

}  // namespace phreatic::core
