// SPDX-License-Identifier: BSD-3-Clause
// The `data:` block as a user writes it, loaded.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "phreatic/core/context.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/data/sources.hpp"
#include "scratch.hpp"

namespace phreatic::data {

struct Loaded {
  LoadedData data;
  std::string problems;
};

inline Loaded load_text(const std::string& yaml, const std::filesystem::path& base) {
  core::Problems problems;
  DataParams params;
  core::read_params(core::parse_yaml(yaml, "study.yml"), params, problems);
  core::Log log(true);
  Loaded out;
  if (problems.empty()) out.data = load(params, base, problems, core::Context{log, false});
  out.problems = all_text(problems);
  return out;
}

inline void expect_has(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "missing: " << part << "\nin: " << text;
}

inline std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += text + "\n";
  return out;
}

}  // namespace phreatic::data

// Skips a test, with the reason, where a data set of the shared folder is not there.
#define REQUIRE_SHARED_DATA(set)                                                                       \
  do {                                                                                                 \
    const auto folder = ::phreatic::data::expand_path("${PHREATIC_SHARED_DATA}/wells/" set, ".");      \
    if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << "no real data at " << folder.string(); \
  } while (false)
