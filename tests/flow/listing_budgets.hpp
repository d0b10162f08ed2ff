// SPDX-License-Identifier: BSD-3-Clause
// Volume budgets out of a listing file, MODFLOW 6's or ours.
#pragma once

#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace phreatic::flow::testing_listing {

namespace fs = std::filesystem;

inline std::vector<std::string> lines_of(const fs::path& file) {
  std::vector<std::string> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// A line of a volume budget: the text and the rate, "RCHA IN" or "TOTAL OUT".
using Budget = std::vector<std::pair<std::string, double>>;

// Every volume budget of a listing, with the step it stands at as first entry.
inline std::vector<Budget> budgets_of(const fs::path& listing) {
  std::vector<Budget> out;
  std::string side;
  bool inside = false;
  for (const std::string& line : lines_of(listing)) {
    if (line.find("VOLUME BUDGET FOR ENTIRE MODEL AT END OF TIME STEP") != std::string::npos) {
      out.emplace_back();
      std::string digits;
      for (const char c : line.substr(line.find("STEP") + 4)) digits += std::isdigit(c) != 0 ? c : ' ';
      std::stringstream in(digits);
      double step = 0, period = 0;
      in >> step >> period;
      out.back().emplace_back("at", 1000 * period + step);
    }
    inside = inside || line.find("VOLUME BUDGET FOR ENTIRE MODEL") != std::string::npos;
    if (line.find("PERCENT DISCREPANCY") != std::string::npos) inside = false;
    if (!inside) continue;
    if (line.find(" IN:") != std::string::npos) side = " IN";
    if (line.find(" OUT:") != std::string::npos) side = " OUT";
    const std::size_t first = line.find('=');
    const std::size_t second = first == std::string::npos ? first : line.find('=', first + 1);
    if (second == std::string::npos || line.find("IN - OUT") != std::string::npos) continue;
    std::string name = line.substr(0, first);
    name.erase(0, name.find_first_not_of(' '));
    name.erase(name.find_last_not_of(' ') + 1);
    std::stringstream rest(line.substr(second + 1));
    double rate = 0;
    std::string package;
    rest >> rate >> package;
    out.back().emplace_back(name + side + " " + package, rate);
  }
  return out;
}

}  // namespace phreatic::flow::testing_listing
