// SPDX-License-Identifier: BSD-3-Clause
// Bounds that MODFLOW 6 refuses because a datum or unit is wrong, and their neighbours that it runs. Where MF6
// names a MODFLOW 6 program, its own verdict on the same folder is asked, too.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"
#include "small_model.hpp"

namespace phreatic::flow::mf6 {
namespace {

namespace fs = std::filesystem;

struct Bound {
  const char* name;
  const char* package;       // type in the name file
  const char* rows;          // of period 1
  const char* told = "";     // part of the refusal; "" runs
  const char* options = "";  // of the package
  const char* dimensions = "";
  int cell_type = 1;            // ICELLTYPE, negative ones with THICKSTRT in npf
  const char* npf = "";         // its options
  const char* newton = "";      // options of the model
  const char* simulation = "";  // options of the simulation
  bool ask_modflow = true;      // of 6.2.1, which did not look at depth fractions given as numbers
};

std::map<std::string, std::string> model_of(const Bound& b) {
  auto files = small_model::files();
  files["mfsim.nam"].replace(0, 13, std::string("BEGIN OPTIONS\n") + b.simulation);
  files["m.npf"] = std::string("BEGIN OPTIONS\n") + b.npf +
                   "\nEND OPTIONS\nBEGIN GRIDDATA\n ICELLTYPE\n  CONSTANT " + std::to_string(b.cell_type) +
                   "\n K\n  CONSTANT 1.5\nEND GRIDDATA\n";
  files["m.nam"] = std::string("BEGIN OPTIONS\n") + b.newton +
                   "\nEND OPTIONS\nBEGIN PACKAGES\n DIS6 m.dis\n IC6 m.ic\n NPF6 m.npf\n CHD6 m.chd\n " +
                   b.package + "6 m.p\n OC6 m.oc\nEND PACKAGES\n";
  files["m.p"] = std::string("BEGIN OPTIONS\n") + b.options +
                 "\nEND OPTIONS\nBEGIN DIMENSIONS\n MAXBOUND 1\n" + b.dimensions +
                 "\nEND DIMENSIONS\nBEGIN PERIOD 1\n" + b.rows + "\nEND PERIOD 1\n";
  files["q.ts"] =
      "BEGIN ATTRIBUTES\n NAME q\n METHOD LINEAR\nEND ATTRIBUTES\nBEGIN TIMESERIES\n 0 3\n 5 2\n 11 -3\n 20 "
      "-4\n"
      "END TIMESERIES\n";
  return files;
}

class Bounds : public ::testing::TestWithParam<Bound> {};

TEST_P(Bounds, AreJudgedAsByModflow) {
  const Bound& b = GetParam();
  const small_model::Folder folder;
  small_model::put_all(folder, model_of(b));
  core::Problems problems;
  read_simulation({.folder = folder.path()}, problems);
  std::string all;
  for (const core::Problem& p : problems.items()) all += p.text() + "\n";
  const bool refused = std::string(b.told) != "";
  EXPECT_EQ(problems.empty(), !refused) << all;
  EXPECT_NE(all.find(b.told), std::string::npos) << all;
  const char* modflow = std::getenv("MF6");
  if (modflow == nullptr || !b.ask_modflow) return;
  const std::string command = "cd '" + folder.path().string() + "' && '" + modflow + "' > screen.txt 2>&1";
  const int status = std::system(command.c_str());
  const bool ran =
      core::read_file(folder.path() / "screen.txt").find("Normal termination") != std::string::npos;
  EXPECT_EQ(ran, !refused) << "MODFLOW's exit: " << status;
}

constexpr const char* kDepth = " AUXILIARY d\n AUXDEPTHNAME d";
constexpr const char* kFactor = " AUXILIARY m\n AUXMULTNAME m";

INSTANTIATE_TEST_SUITE_P(
    Lists, Bounds,
    ::testing::Values(
        Bound{"StageUnderRiverBottom", "RIV", " 1 2 2 5 1 6",
              "m.p:9: RIV-1: the stage 5 is under the river's bottom 6"},
        Bound{"StageUnderRiverBottomOfConfinedCell", "RIV", " 1 2 2 5 1 6", "the stage 5", "", "", 0},
        Bound{"StageAtRiverBottom", "RIV", " 1 2 2 5 1 5"},
        Bound{"RiverBottomUnderCell", "RIV", " 1 2 2 5 1 -1",
              "river's bottom -1 is under the bottom of the cell 0"},
        Bound{"RiverBottomUnderConfinedCell", "RIV", " 1 2 2 5 1 -1", "", "", "", 0},
        Bound{"RiverUnderConfinedCell", "RIV", " 1 2 2 -5 1 -6", "", "", "", 0},
        Bound{"RiverUnderCellOfFixedThickness", "RIV", " 1 2 2 5 1 -1", "", "", "", -1, " THICKSTRT"},
        Bound{"NegativeTypeWithoutThickstrt", "RIV", " 1 2 2 5 1 -1", "river's bottom -1", "", "", -1},
        Bound{"Nocheck", "RIV", " 1 2 2 5 1 -1", "", "", "", 1, "", "", " NOCHECK"},
        Bound{"GeneralHeadUnderCell", "GHB", " 1 2 2 -1 1", "the head -1 is under the bottom of the cell 0"},
        Bound{"GeneralHeadUnderConfinedCell", "GHB", " 1 2 2 -1 1", "", "", "", 0},
        Bound{"GeneralHeadThatFallsInASeries", "GHB", " 1 2 2 q 1",
              "bound 1 in cell (1, 2, 2), period 2, step 2: the head -0.916666", " TS6 FILEIN q.ts"},
        Bound{"DrainUnderCell", "DRN", " 1 2 2 -1 1", "the elevation -1 is under"},
        Bound{"DrainUnderConfinedCell", "DRN", " 1 2 2 -1 1", "", "", "", 0},
        Bound{"DrainWhoseDepthReachesUnderCell", "DRN", " 1 2 2 2 1 -3", "the elevation less its depth -1",
              kDepth},
        Bound{"DrainUnderCellThatReachesUp", "DRN", " 1 2 2 -1 1 3", "the elevation -1", kDepth},
        Bound{"FixedHeadUnderCell", "CHD", " 1 2 2 -1", "the head -1 is under"},
        Bound{"FixedHeadUnderConfinedCell", "CHD", " 1 2 2 -1", "", "", "", 0},
        Bound{"FixedHeadByFactorUnderCell", "CHD", " 1 2 2 5 -1", "the head -5 is under", kFactor},
        Bound{"TwoPackagesHoldOneCell", "CHD", " 1 1 1 5",
              "m.p: CHD-2: cell (1, 1, 1) has two fixed heads in period 1, the other one of CHD-1"},
        Bound{"DepthFractionOfOne", "EVT", " 1 2 2 8 1e-3 4 1.0 0.5", "pxdp 1 is 1", "", " NSEG 2", 1, "", "",
              "", false},
        Bound{"DepthFractionOfZero", "EVT", " 1 2 2 8 1e-3 4 0 0.5", "pxdp 1 is 0", "", " NSEG 2", 1, "", "",
              "", false},
        Bound{"EqualDepthFractions", "EVT", " 1 2 2 8 1e-3 4 0.5 0.5 0.5 0.2", "", "", " NSEG 3"},
        Bound{"NewtonWithVariableConductance", "WEL", " 1 2 2 -1",
              "NPF VARIABLECV: cannot be used with NEWTON", "", "", 1, " VARIABLECV", " NEWTON"},
        Bound{"NewtonWithRewetting", "WEL", " 1 2 2 -1", "NPF REWET: cannot be used with NEWTON", "", "", 1,
              " REWET WETFCT 1.0 IWETIT 1 IHDWET 0", " NEWTON"},
        Bound{"NewtonWithPerched", "WEL", " 1 2 2 -1", "NPF PERCHED: cannot be used with NEWTON", "", "", 1,
              " PERCHED", " NEWTON UNDER_RELAXATION"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(PackageNames, StandOnce) {
  const small_model::Folder folder;
  auto files = small_model::files();
  files["m.nam"] =
      "BEGIN OPTIONS\nEND OPTIONS\nBEGIN PACKAGES\n DIS6 m.dis\n IC6 m.ic\n NPF6 m.npf\n CHD6 m.chd A\n WEL6 "
      "m.wel a\n"
      " OC6 m.oc\nEND PACKAGES\n";
  small_model::put_all(folder, files);
  core::Problems problems;
  read_simulation({.folder = folder.path()}, problems);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems.items()[0].text().find("m.nam:7: block PACKAGES: the name A stands twice"),
            std::string::npos)
      << problems.items()[0].text();
}

}  // namespace
}  // namespace phreatic::flow::mf6
