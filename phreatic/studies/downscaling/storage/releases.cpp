// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/storage/releases.hpp"

#include <regex>

namespace phreatic::studies::downscaling {

std::set<std::string> releases_of(const std::vector<std::filesystem::path>& files) {
  static const std::regex release(R"(RL([0-9]{2})(?:\.([0-9])(?![0-9])|([0-9]{2})(?![0-9]))?)",
                                  std::regex::icase);
  std::set<std::string> out;
  for (const auto& file : files) {
    std::smatch found;
    const std::string name = file.filename().string();
    if (!std::regex_search(name, found, release)) continue;
    std::string text = found[1];
    if (found[2].matched) text += "." + found[2].str();
    if (found[3].matched) text += "." + std::to_string(std::stoi(found[3].str()));
    out.insert(text);
  }
  return out;
}

}  // namespace phreatic::studies::downscaling
