// SPDX-License-Identifier: BSD-3-Clause
// Bad input: each fault is told with file, line, block, value and what is allowed.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "phreatic/flow/mf6/input/reader.hpp"
#include "small_model.hpp"

namespace {

using namespace phreatic;
using small_model::Folder;

struct Fault {
  const char* name;
  const char* file;
  const char* find;               // text in that file ("" = the whole file)
  const char* replace;            // by this
  std::vector<std::string> told;  // all of it in one problem
};

std::string with(std::string text, const std::string& find, const std::string& replace) {
  if (find.empty()) return replace;
  const auto at = text.find(find);
  EXPECT_NE(at, std::string::npos) << find;
  return text.replace(at, find.size(), replace);
}

class Faults : public ::testing::TestWithParam<Fault> {};

TEST_P(Faults, AreTold) {
  const Fault& fault = GetParam();
  Folder folder;
  auto files = small_model::files();
  files[fault.file] = with(files[fault.file], fault.find, fault.replace);
  small_model::put_all(folder, files);
  core::Problems problems;
  flow::mf6::read_simulation({folder.path()}, problems);
  ASSERT_FALSE(problems.empty()) << "the fault was not seen";
  std::string all;
  bool found = false;
  for (const core::Problem& p : problems.items()) {
    const std::string text = p.text();
    all += text + "\n";
    bool every = true;
    for (const std::string& piece : fault.told) every = every && text.find(piece) != std::string::npos;
    found = found || every;
  }
  EXPECT_TRUE(found) << all;
}

INSTANTIATE_TEST_SUITE_P(
    Input, Faults,
    ::testing::Values(
        Fault{"MisspeltBlock",
              "m.npf",
              "BEGIN GRIDDATA",
              "BEGIN GRIDATA",
              {"m.npf:1", "'GRIDATA'", "did you mean GRIDDATA", "OPTIONS, GRIDDATA"}},
        Fault{"MisspeltBegin", "m.npf", "BEGIN GRIDDATA", "BEGN GRIDDATA", {"m.npf:1", "'BEGN'"}},
        Fault{"MissingEnd", "m.dis", "END DIMENSIONS\n", "", {"m.dis:1", "DIMENSIONS", "has no END"}},
        Fault{"MissingEndAtTheEnd", "m.ic", "END GRIDDATA\n", "", {"m.ic:1", "GRIDDATA", "has no END"}},
        Fault{"WrongEnd", "m.ic", "END GRIDDATA", "END PERIOD", {"m.ic:4", "END PERIOD", "END GRIDDATA"}},
        Fault{"UnknownKeyword",
              "m.ims",
              "COMPLEXITY SIMPLE",
              "COMPLEXTY SIMPLE",
              {"m.ims:2", "'COMPLEXTY'", "did you mean COMPLEXITY"}},
        Fault{"UnknownArray", "m.npf", " K\n", " KX\n", {"m.npf:4", "'KX'", "K22"}},
        Fault{"TooManyBounds",
              "m.chd",
              "MAXBOUND 2",
              "MAXBOUND 1",
              {"m.chd:4", "2 rows", "at most 1", "MAXBOUND"}},
        Fault{"TooFewPeriods", "m.tdis", " 10.0 2 1.0\n", "", {"m.tdis:4", "1 rows", "NPER = 2"}},
        Fault{"TooManyPeriods", "m.tdis", "NPER 2", "NPER 1", {"m.tdis:4", "2 rows", "NPER = 1"}},
        Fault{"NegativeK", "m.npf", "CONSTANT 1.5", "CONSTANT -1.5", {"m.npf:5", "NPF K", "-1.5", "above 0"}},
        Fault{"UnknownTimeUnit",
              "m.tdis",
              "BEGIN DIMENSIONS",
              "BEGIN OPTIONS\n TIME_UNITS WEEKS\nEND OPTIONS\nBEGIN DIMENSIONS",
              {"m.tdis:2", "TIME_UNITS", "'WEEKS'", "DAYS, YEARS"}},
        Fault{"ZeroSteps", "m.tdis", "10.0 2 1.0", "10.0 0 1.0", {"m.tdis:6", "NSTP", "'0'", "from 1"}},
        Fault{"NotANumber", "m.chd", "1 1 1 9", "1 1 1 nan", {"m.chd:5", "head", "'nan'"}},
        Fault{"NoSuchSeries", "m.chd", "1 1 1 9", "1 1 1 tides", {"m.chd:5", "'tides'", "time series"}},
        Fault{"CellOutside",
              "m.wel",
              "1 2 2 -5",
              "1 4 2 -5",
              {"m.wel:5", "(1, 4, 2)", "outside the grid", "row 1 to 3"}},
        Fault{"CellIncomplete", "m.wel", "1 2 2 -5", "1 2", {"m.wel:5", "layer row column"}},
        Fault{"PackageFileMissing",
              "m.nam",
              "WEL6 m.wel",
              "WEL6 other.wel",
              {"m.nam:8", "other.wel", "no such file"}},
        Fault{"PeriodsGoBack",
              "m.chd",
              "END PERIOD 1\n",
              "END PERIOD 1\nBEGIN PERIOD 1\nEND PERIOD\n",
              {"m.chd:8", "period 1 comes after period 1", "increasing"}},
        Fault{"PeriodZero", "m.chd", "BEGIN PERIOD 1", "BEGIN PERIOD 0", {"m.chd:4", "'0'", "from 1"}},
        Fault{"NoThickness",
              "m.dis",
              "CONSTANT 0\n",
              "CONSTANT 10\n",
              {"m.dis:14", "BOTM", "thickness 0", "(1, 1, 1)"}},
        Fault{"NothingActive",
              "m.dis",
              "END GRIDDATA",
              " IDOMAIN\n  CONSTANT 0\nEND GRIDDATA",
              {"m.dis:16", "no cell is active"}},
        Fault{"BoundInInactiveCell",
              "m.dis",
              "END GRIDDATA",
              " IDOMAIN\n  INTERNAL\n 1 1 1 1\n 1 0 1 1\n 1 1 1 1\nEND GRIDDATA",
              {"m.wel:5", "(1, 2, 2) is not active"}},
        Fault{"NothingHoldsTheHeads",
              "m.chd",
              "BEGIN PERIOD 1\n 1 1 1 9\n 1 3 4 7\nEND PERIOD 1\n",
              "",
              {"m.ic:3", "steady period 2", "12 connected active cells around cell (1, 1, 1)", "CHD"}},
        Fault{"UnsupportedPackage",
              "m.nam",
              "WEL6 m.wel",
              "UZF6 m.uzf",
              {"m.nam:8", "UZF6", "not supported", "scenarios.engine: mf6"}},
        Fault{"UnknownPackage",
              "m.nam",
              "WEL6 m.wel",
              "WELL6 m.wel",
              {"m.nam:8", "'WELL6'", "did you mean WEL6"}},
        Fault{"Xt3d",
              "m.npf",
              "BEGIN GRIDDATA",
              "BEGIN OPTIONS\n XT3D\nEND OPTIONS\nBEGIN GRIDDATA",
              {"m.npf:2", "XT3D", "not supported"}},
        Fault{"Angle",
              "m.npf",
              "END GRIDDATA",
              " ANGLE1\n  CONSTANT 30\nEND GRIDDATA",
              {"m.npf:7", "ANGLE1", "not supported"}},
        Fault{"OtherModel",
              "mfsim.nam",
              "GWF6 m.nam m",
              "GWT6 m.nam m",
              {"mfsim.nam:7", "GWT6", "not supported"}},
        Fault{"Exchange",
              "mfsim.nam",
              "BEGIN EXCHANGES\n",
              "BEGIN EXCHANGES\n GWF6-GWF6 x.gwfgwf a b\n",
              {"mfsim.nam:10", "GWF6-GWF6", "not supported"}},
        Fault{"SaveWithoutFile", "m.oc", " HEAD FILEOUT m.hds\n", "", {"m.oc:4", "HEAD FILEOUT"}},
        Fault{"BadRule",
              "m.oc",
              "SAVE HEAD ALL",
              "SAVE HEAD SOMETIMES",
              {"m.oc:6", "'SOMETIMES'", "FREQUENCY"}}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(EverythingDry, IsTold) {
  Folder folder;
  auto files = small_model::files();
  files["m.npf"] = with(files["m.npf"], "CONSTANT 0", "CONSTANT 1");
  small_model::put_all(folder, files);
  core::Problems problems;
  flow::mf6::read_simulation({folder.path()}, problems);
  EXPECT_TRUE(problems.empty());
  folder.put("m.ic", with(files["m.ic"], "CONSTANT 8", "CONSTANT 0"));
  flow::mf6::read_simulation({folder.path()}, problems);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems.items()[0].text().find("m.ic:3: IC STRT: every active cell starts dry"),
            std::string::npos)
      << problems.items()[0].text();
}

TEST(SeriesFault, StepsThatASeriesDoesNotCover) {
  Folder folder;
  auto files = small_model::files();
  files["m.wel"] =
      "BEGIN OPTIONS\n TS6 FILEIN w.ts\nEND OPTIONS\nBEGIN DIMENSIONS\n MAXBOUND 1\nEND DIMENSIONS\nBEGIN "
      "PERIOD 2\n 1 2 2 q\nEND PERIOD 2\n";
  files["w.ts"] =
      "BEGIN ATTRIBUTES\n NAME q\n METHOD LINEAR\nEND ATTRIBUTES\nBEGIN TIMESERIES\n 0 1\n 6 2\nEND "
      "TIMESERIES\n";
  small_model::put_all(folder, files);
  core::Problems problems;
  flow::mf6::read_simulation({folder.path()}, problems);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems.items()[0].text().find("does not cover step 2 of period 2, from 6 to 11"),
            std::string::npos)
      << problems.items()[0].text();
}

TEST(Collected, AllFaultsAtOnceAndNotTooManyOfOneFile) {
  Folder folder;
  auto files = small_model::files();
  files["m.npf"] = with(files["m.npf"], "CONSTANT 1.5", "CONSTANT -1");
  files["m.chd"] = with(files["m.chd"], "1 1 1 9", "1 1 9 9");
  std::string wells = "BEGIN DIMENSIONS\n MAXBOUND 100\nEND DIMENSIONS\nBEGIN PERIOD 2\n";
  for (int i = 0; i < 100; ++i) wells += " 7 7 7 1\n";
  files["m.wel"] = wells + "END PERIOD 2\n";
  small_model::put_all(folder, files);
  core::Problems problems;
  flow::mf6::read_simulation({folder.path()}, problems);
  EXPECT_EQ(problems.size(), 1U + 1U + 20U + 1U);
  EXPECT_THROW(flow::mf6::read_simulation({folder.path()}), core::InputError);
}

}  // namespace

namespace {

std::string notes_with_solver(const std::string& ims) {
  Folder folder;
  auto files = small_model::files();
  files["m.ims"] = ims;
  small_model::put_all(folder, files);
  std::string all;
  for (const std::string& note : flow::mf6::read_simulation({folder.path()}).notes) all += note + "\n";
  return all;
}

TEST(GivenTwice, ArraysAreToldWithFileAndLine) {
  Folder folder;
  auto files = small_model::files();
  files["m.npf"] =
      "BEGIN GRIDDATA\n ICELLTYPE\n  CONSTANT 0\n K\n  CONSTANT 1.5\n K\n  CONSTANT 2.5\nEND GRIDDATA\n";
  files["m.nam"].insert(files["m.nam"].find(" OC6"), " RCH6 m.rcha rain\n");
  files["m.rcha"] =
      "BEGIN OPTIONS\n READASARRAYS\nEND OPTIONS\nBEGIN PERIOD 1\n RECHARGE\n  CONSTANT 0.001\n RECHARGE\n  "
      "CONSTANT 0.002\nEND PERIOD\nBEGIN PERIOD 2\n RECHARGE\n  CONSTANT 0.003\nEND PERIOD\n";
  small_model::put_all(folder, files);
  const auto read = flow::mf6::read_simulation({folder.path()});
  std::string all;
  for (const std::string& note : read.notes) all += note + "\n";
  EXPECT_NE(all.find("m.npf:6: "), std::string::npos) << all;
  EXPECT_NE(all.find("K is given a second time (first in line 4); the last one counts"), std::string::npos)
      << all;
  EXPECT_NE(all.find("m.rcha:7: "), std::string::npos) << all;
  EXPECT_NE(all.find("RECHARGE is given a second time (first in line 5)"), std::string::npos) << all;
  EXPECT_EQ(all.find("m.rcha:11"), std::string::npos) << all;
}

TEST(SolverSettings, WhatTheEngineReplacesIsNamed) {
  const std::string complex = "BEGIN OPTIONS\n COMPLEXITY COMPLEX\nEND OPTIONS\n";
  EXPECT_NE(notes_with_solver(complex).find("the backtracking of COMPLEX is replaced"), std::string::npos);
  EXPECT_NE(notes_with_solver(complex).find("UNDER_RELAXATION acts under NEWTON"), std::string::npos);
  const std::string named = complex + "BEGIN NONLINEAR\n BACKTRACKING_NUMBER 5\nEND NONLINEAR\n";
  EXPECT_EQ(notes_with_solver(named).find("is replaced"), std::string::npos);
  EXPECT_EQ(notes_with_solver("BEGIN OPTIONS\n COMPLEXITY SIMPLE\nEND OPTIONS\n"), "");
}

}  // namespace
