// SPDX-License-Identifier: BSD-3-Clause
// Input that MODFLOW 6 takes though it looks odd: what is read from it, and that it is noted.
#include <gtest/gtest.h>

#include "phreatic/flow/mf6/input/reader.hpp"
#include "small_model.hpp"

namespace phreatic::flow::mf6 {
namespace {

// The values in the first step of the package that is no CHD.
struct Taken {
  PackageValues values;
  std::string notes;
  Package package;
};

Taken read(std::map<std::string, std::string> files) {
  const small_model::Folder folder;
  small_model::put_all(folder, files);
  ReadResult result = read_simulation({.folder = folder.path()});
  Taken out;
  for (const std::string& note : result.notes) out.notes += note + "\n";
  for (const Package& package : result.model.packages) {
    if (package.kind != PackageKind::chd) out.package = package;
  }
  StepTime time;
  time.dt = time.end = time.period_time = 1;
  out.package.provider(time, out.values);
  return out;
}

std::map<std::string, std::string> with_recharge(const std::string& period, const std::string& options = "") {
  auto files = small_model::files();
  files["m.nam"].replace(files["m.nam"].find("WEL6 m.wel"), 10, "RCH6 m.rch");
  files["m.rch"] = "BEGIN OPTIONS\n READASARRAYS\n" + options + "END OPTIONS\nBEGIN PERIOD 1\n" + period +
                   "END PERIOD 1\n";
  return files;
}

const std::vector<double> kRows = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

TEST(Taken, WhatFollowsTheNumbersOfARowOfAStressArrayIsDroppedAndNoted) {
  const Taken text = read(with_recharge(" RECHARGE\n  INTERNAL\n1 2 3 4 north\n5 6 7 8 99\n9 10 11 12\n"));
  EXPECT_EQ(text.values.values, kRows);
  EXPECT_NE(text.notes.find("'north' after the 4 numbers of the row is ignored"), std::string::npos)
      << text.notes;
  const Taken layers =
      read(with_recharge(" IRCH\n  INTERNAL\n1 1 1 1 x\n1 1 1 1\n1 1 1 1\n RECHARGE\n  CONSTANT 3\n"));
  EXPECT_EQ(layers.values.values, std::vector<double>(12, 3));
}

TEST(Taken, WhatFollowsARowInAFileOfItsOwnOrInATimeArraySeriesIsDropped) {
  auto files = with_recharge(" RECHARGE\n  OPEN/CLOSE r.txt\n");
  files["r.txt"] = "1 2 3 4 99 98\n5 6 7 8\n9 10 11 12\n";
  EXPECT_EQ(read(files).values.values, kRows);
  files = with_recharge(" RECHARGE TIMEARRAYSERIES a\n", " TAS6 FILEIN r.tas\n");
  files["r.tas"] =
      "BEGIN ATTRIBUTES\n NAME a\n METHOD STEPWISE\nEND ATTRIBUTES\nBEGIN TIME 0\n INTERNAL\n1 2 3 4 99\n5 6 "
      "7 8 x\n"
      "9 10 11 12\nEND TIME 0\nBEGIN TIME 20\n CONSTANT 1\nEND TIME 20\n";
  EXPECT_EQ(read(files).values.values, kRows);
}

TEST(Taken, WhatFollowsTheLastBlockOfAFileIsNotReadAndNoted) {
  for (const char* file : {"m.dis", "m.ic", "m.npf", "m.tdis", "m.nam"}) {
    auto files = small_model::files();
    files[file] += "\nwritten by hand\nBEGIN NOTES\n old values\nEND NOTES\n";
    EXPECT_NE(read(files).notes.find("is not read"), std::string::npos) << file;
  }
  auto files = small_model::files();
  files["m.npf"] += "BEGIN GRIDDATA\n K\n  CONSTANT 99\nEND GRIDDATA\n";  // not a second one, either
  EXPECT_NE(read(files).notes.find("m.npf:7: what follows the block GRIDDATA is not read"), std::string::npos)
      << read(files).notes;
}

// MODFLOW 6.2.1 runs the first and stops at the second.
TEST(Taken, WellsInBalanceNeedNoBoundaryInASteadyPeriod) {
  auto files = small_model::files();
  files["m.nam"].replace(files["m.nam"].find(" CHD6 m.chd\n"), 12, "");
  files["m.wel"] =
      "BEGIN DIMENSIONS\n MAXBOUND 2\nEND DIMENSIONS\nBEGIN PERIOD 1\n 1 1 1 5\n 1 3 4 -5\nEND PERIOD 1\n";
  EXPECT_NE(
      read(files).notes.find("the last cell of each group keeps its head, and heads around it are relative"),
      std::string::npos)
      << read(files).notes;
  files["m.wel"].replace(files["m.wel"].find("-5"), 2, "-4");
  EXPECT_THROW(read(files), core::InputError);
}

TEST(Taken, MoverWithoutMoverPackageHasNoEffectAndIsNoted) {
  auto files = small_model::files();
  files["m.wel"].insert(0, "BEGIN OPTIONS\n MOVER\nEND OPTIONS\n");
  EXPECT_NE(read(files).notes.find("m.wel:2: MOVER has no effect without MVR6"), std::string::npos);
  files["m.nam"].insert(files["m.nam"].find(" OC6"), " MVR6 m.mvr\n");
  files["m.mvr"] = "";
  EXPECT_THROW(read(files), core::InputError);
}

TEST(Taken, FlowReductionOutsideItsRangeIsCutAsModflowDoes) {
  for (const auto& [given, taken] : {std::pair{"2", 1.0}, {"-1", 0.1}, {"0", 0.1}, {"0.3", 0.3}}) {
    auto files = small_model::files();
    files["m.wel"].insert(0, std::string("BEGIN OPTIONS\n AUTO_FLOW_REDUCE ") + given + "\nEND OPTIONS\n");
    const Taken of = read(files);
    EXPECT_DOUBLE_EQ(of.package.auto_flow_reduce, taken);
    EXPECT_EQ(of.notes.find("AUTO_FLOW_REDUCE") != std::string::npos, taken != 0.3) << of.notes;
  }
}

}  // namespace
}  // namespace phreatic::flow::mf6
