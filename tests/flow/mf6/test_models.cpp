// SPDX-License-Identifier: BSD-3-Clause
// Every DIS model of the shared data is read without complaint, and what is read is what its notes say.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "phreatic/flow/mf6/input/reader.hpp"

namespace {

namespace fs = std::filesystem;
using namespace phreatic::flow;

fs::path shared_data() {
  const char* set = std::getenv("PHREATIC_SHARED_DATA");
  return set != nullptr ? fs::path(set) : fs::path("../shared/data");
}

struct Expected {
  const char* folder;
  const char* name_file;
  int nlay, nrow, ncol;
  std::size_t periods, steps, packages;
};

class Models : public ::testing::TestWithParam<Expected> {};

TEST_P(Models, AreRead) {
  const Expected& e = GetParam();
  const fs::path folder = shared_data() / e.folder;
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is not here";
  const mf6::ReadResult read = mf6::read_simulation({folder, e.name_file});
  const Model& m = read.model;
  EXPECT_EQ(m.grid.nlay, e.nlay);
  EXPECT_EQ(m.grid.nrow, e.nrow);
  EXPECT_EQ(m.grid.ncol, e.ncol);
  EXPECT_EQ(m.periods.size(), e.periods);
  std::size_t steps = 0;
  for (const StressPeriod& p : m.periods) steps += static_cast<std::size_t>(p.nstp);
  EXPECT_EQ(steps, e.steps);
  EXPECT_EQ(m.packages.size(), e.packages);
  EXPECT_EQ(m.start_heads.size(), m.grid.cells());
  for (const std::string& note : read.notes) std::printf("note: %s\n", note.c_str());
}

INSTANTIATE_TEST_SUITE_P(
    Shared, Models,
    ::testing::Values(Expected{"mf6/test021_twri", "mfsim.nam", 3, 15, 15, 1, 1, 4},
                      Expected{"mf6/test004_lpfss", "mfsim.nam", 3, 10, 15, 2, 2, 3},
                      Expected{"mf6/test041_flowdivert", "mfsim.nam", 1, 51, 51, 1, 1, 1},
                      Expected{"mf6/test005_advgw_tidal", "mfsim.nam", 3, 15, 10, 4, 361, 7},
                      Expected{"mf6/test007_75x75", "mfsim.nam", 1, 75, 75, 3, 12, 2},
                      Expected{"mf6/test019_VilhelmsenGC", "mfsim.nam", 9, 61, 49, 1, 1, 2},
                      Expected{"mf6/test025_VariableCV", "mfsim.nam", 4, 1, 1, 2, 50, 1},
                      Expected{"mf6/test027_TimeseriesTest_idomain", "mfsim.nam", 2, 51, 51, 3, 11, 3},
                      Expected{"mf6/test030_hani_row", "mfsim.nam", 1, 51, 51, 1, 1, 2},
                      Expected{"mf6/test035_fhb", "mfsim.nam", 1, 3, 10, 3, 20, 2},
                      Expected{"mf6/test038_idomain", "mfsim.nam", 3, 51, 51, 1, 1, 2},
                      Expected{"mf6/test053_npf-a", "mfsim.nam", 5, 20, 25, 1, 1, 4},
                      Expected{"mf6/test057_transientchd", "mfsim.nam", 3, 10, 10, 4, 4, 2},
                      Expected{"mf6/test060_gms_ets", "mfsim.nam", 3, 15, 15, 3, 3, 5},
                      Expected{"mf6/flopy_mf6_freyberg", "mfsim.nam", 1, 40, 20, 1, 1, 4},
                      Expected{"mf6/mar_small_3x60x60", "mfsim.nam", 3, 60, 60, 41, 41, 4},
                      Expected{"mf6-real/edwards_eaa", "mfsim.nam", 1, 351, 627, 36, 36, 3},
                      Expected{"mf6-real/edwards_eaa", "mfsim_nohfb.nam", 1, 351, 627, 12, 12, 3},
                      Expected{"mf6-real/shellmound_delta", "mfsim.nam", 13, 30, 35, 19, 96, 3},
                      Expected{"mf6-real/shellmound_delta", "mfsim_riv.nam", 13, 30, 35, 19, 96, 3}),
    [](const auto& one) {
      std::string name = fs::path(one.param.folder).filename().string() + "_" +
                         fs::path(one.param.name_file).stem().string();
      for (char& c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
      }
      return name;
    });

TEST(Refused, WhatIsNotSupportedIsListedAtOnce) {
  const fs::path folder = shared_data() / "mf6/test050_circle_island";
  if (!fs::exists(folder)) GTEST_SKIP();
  phreatic::core::Problems problems;
  mf6::read_simulation({folder}, problems);
  ASSERT_FALSE(problems.empty());
  for (const auto& p : problems.items()) std::printf("%s\n", p.text().c_str());
  EXPECT_NE(problems.items()[0].text().find("ci.nam:"), std::string::npos);
  EXPECT_NE(problems.items()[0].text().find("DISV6"), std::string::npos);
}

}  // namespace
