// SPDX-License-Identifier: BSD-3-Clause
// Stream networks as input files in memory: stored ones, and three reaches in a row to be changed.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"
#include "small_model.hpp"

namespace streams {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

// Tests run at the top of the sources.
inline fs::path fixtures() { return "tests/reference/flow/streams"; }

inline std::vector<std::string> cut(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

inline Files input_of(const std::string& name) { return small_model::parts_of(fixtures() / (name + ".txt")); }

inline phreatic::flow::mf6::ReadResult read(const Files& files) {
  return phreatic::flow::mf6::read_simulation({"nowhere", "mfsim.nam", files});
}

// Everything that is wrong with the files, as text.
inline std::string complaints(const Files& files) {
  try {
    read(files);
  } catch (const phreatic::core::InputError& error) {
    return error.what();
  }
  return "";
}

// A file of a fixture with one piece of text replaced.
inline Files with(const std::string& file, const std::string& from, const std::string& to) {
  Files files = input_of("random00");
  const std::size_t at = files[file].find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) files[file].replace(at, from.size(), to);
  return files;
}

// Three reaches in a row.
inline Files plain() {
  Files files = input_of("random00");
  files["m.sfr"] =
      "BEGIN OPTIONS\n  UNIT_CONVERSION 86400\nEND OPTIONS\nBEGIN DIMENSIONS\n  NREACHES 3\nEND DIMENSIONS\n"
      "BEGIN PACKAGEDATA\n  1 1 2 2 200 5 1e-3 21 0.5 0.1 0.03 1 1 0\n  2 1 2 3 200 5 1e-3 20 0.5 0.1 0.03 2 "
      "1 0\n"
      "  3 1 2 4 200 5 1e-3 19 0.5 0.1 0.03 1 1 0\nEND PACKAGEDATA\n"
      "BEGIN CONNECTIONDATA\n  1 -2\n  2 1 -3\n  3 2\nEND CONNECTIONDATA\nBEGIN PERIOD 1\n  1 INFLOW "
      "1000\nEND PERIOD\n";
  return files;
}

inline Files plain_with(const std::string& from, const std::string& to) {
  Files files = plain();
  const std::size_t at = files["m.sfr"].find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) files["m.sfr"].replace(at, from.size(), to);
  return files;
}

}  // namespace streams
