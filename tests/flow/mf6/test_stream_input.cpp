// SPDX-License-Identifier: BSD-3-Clause
// Bad input of streams, and cross-section tables.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <tuple>

#include "phreatic/flow/mf6/writer.hpp"
#include "phreatic/flow/packages/package_state.hpp"
#include "phreatic/flow/steps/simulation.hpp"
#include "stream_files.hpp"

namespace phreatic::flow::mf6 {
namespace {

using streams::complaints;
using streams::Files;
using streams::input_of;
using streams::plain;
using streams::plain_with;
using streams::read;
using streams::with;
namespace fs = std::filesystem;

TEST(StreamInput, AGoodNetworkIsRead) { EXPECT_EQ(complaints(plain()), ""); }

TEST(StreamInput, EveryFaultIsNamedWithItsReach) {
  const std::tuple<const char*, const char*, const char*> faults[] = {
      {"2 3 200 5 1e-3", "2 3 200 -5 1e-3", "reach 2: a width of -5"},
      {"2 3 200 5 1e-3", "2 3 200 5 -1e-3", "reach 2: a gradient of -0.001"},
      {"2 3 200 5 1e-3", "2 3 0 5 1e-3", "reach 2: a length of 0"},
      {"20 0.5 0.1 0.03", "20 0.5 0.1 0", "Manning's roughness: '0' is out of range"},
      {"20 0.5 0.1 0.03", "20 40 0.1 0.03", "is not above the bottom of its cell"},
      {"  2 1 -3\n", "  2 -1 -3\n", "are both downstream of each other"},
      {"  1 -2\n", "  1 2\n", "are both upstream of each other"},
      {"  2 1 -3\n", "  2 1 3\n", "are both upstream of each other"},
      {"  3 2\n", "  3 1\n", "is not connected to reach 3"},
      {"  3 2\n", "  3 3\n", "is connected to itself"},
      {"  3 2\n", "  3 7\n", "reach 7, which is not there"},
      {"  3 2\n", "  3 2 1\n", "NCON says 1"},
      {"  3 2\n", "", "reach 3 is missing"},
      {"0.03 2 1 0", "0.03 2 0.5 0", "add to 0.5"},
      {"  1 INFLOW 1000\n", "  1 INFLOW much\n", "neither a number nor a time series"},
      {"  1 INFLOW 1000\n", "  1 STATUS SLEEPY\n", "ACTIVE, INACTIVE, SIMPLE"},
      {"  1 INFLOW 1000\n", "  4 INFLOW 1000\n", "1 to 3"},
      {"  1 INFLOW 1000\n", "  1 DIVERSION 1 5\n", "has no diversions"},
      {"UNIT_CONVERSION 86400\n", "STORAGE\n DEV_STORAGE_WEIGHT 0.4\n", "0.5 to 1"},
  };
  for (const auto& [from, to, text] : faults) {
    const std::string said = complaints(plain_with(from, to));
    EXPECT_NE(said.find(text), std::string::npos) << "with '" << to << "': " << said;
    EXPECT_NE(said.find("m.sfr"), std::string::npos) << said;
  }
}

TEST(StreamInput, ALoopIsShown) {
  Files files = plain();
  std::string& text = files["m.sfr"];
  text.replace(text.find("0.03 1 1 0\n  2"), 10, "0.03 2 1 0");
  text.replace(text.find("0.03 1 1 0\nEND"), 10, "0.03 2 1 0");
  text.replace(text.find("  1 -2\n"), 7, "  1 3 -2\n");
  text.replace(text.find("  3 2\n"), 6, "  3 2 -1\n");
  const std::string said = complaints(files);
  EXPECT_NE(said.find("in a loop"), std::string::npos) << said;
  EXPECT_NE(said.find("-> "), std::string::npos) << said;
}

TEST(StreamInput, AReachInAnInactiveCellIsRefused) {
  Files files = plain();
  files["m.dis"].replace(
      files["m.dis"].find("END GRIDDATA"), 12,
      "  IDOMAIN LAYERED\n    INTERNAL\n 1 1 1 1 1 1 1 1\n 1 0 1 1 1 1 1 1\n 1 1 1 1 1 1 1 1\n"
      " 1 1 1 1 1 1 1 1\n 1 1 1 1 1 1 1 1\n 1 1 1 1 1 1 1 1\n    CONSTANT 1\nEND GRIDDATA");
  const std::string said = complaints(files);
  EXPECT_NE(said.find("(1, 2, 2) is not active"), std::string::npos) << said;
}

TEST(StreamInput, AnObservationOfAnUnknownNameIsRefused) {
  const std::string said = complaints(with("m.obs", "SFR REACH1", "SFR REACH9"));
  EXPECT_NE(said.find("'REACH9' is no boundname"), std::string::npos) << said;
  const std::string stage = complaints(with("m.obs", "SFR REACH1", "STAGE REACH1"));
  EXPECT_NE(stage.find("a name of one reach"), std::string::npos) << stage;
}

// --- cross-section tables

Files with_sections() {
  Files files =
      plain_with("BEGIN CONNECTIONDATA",
                 "BEGIN CROSSSECTIONS\n  2 TAB6 FILEIN v.tab\nEND CROSSSECTIONS\nBEGIN CONNECTIONDATA");
  files["m.sfr"] +=
      "BEGIN PERIOD 2\n  3 CROSS_SECTION TAB6 FILEIN box.tab\n  2 EVAPORATION 0.01\n  2 RAINFALL 0.02\nEND "
      "PERIOD\n";
  files["v.tab"] =
      "BEGIN DIMENSIONS\n  NROW 3\n  NCOL 2\nEND DIMENSIONS\nBEGIN TABLE\n  0 2\n  0.5 0\n  1 2\nEND TABLE\n";
  files["box.tab"] =
      "BEGIN DIMENSIONS\n  NROW 4\n  NCOL 3\nEND DIMENSIONS\nBEGIN TABLE\n  0 3 1\n  0 0 2\n  1 0 1\n  1 3 "
      "1\nEND TABLE\n";
  return files;
}

void expect_sections(Model model) {
  Simulation simulation(std::move(model));
  for (int period = 0; period < 2; ++period) {
    const StepReport& report = simulation.advance();
    ASSERT_EQ(report.status, StepStatus::converged) << report.message;
    const PackageState& state = *simulation.package_state(2);
    // A triangle 5 wide and 2 high: at depth d, width 2.5 d.
    const double d = *state.observe("DEPTH", 1);
    EXPECT_GT(d, 0.05);
    EXPECT_NEAR(*state.observe("WET-WIDTH", 1), 2.5 * d, 1e-12);
    EXPECT_NEAR(*state.observe("WET-AREA", 1), 1.25 * d * d, 1e-12);
    EXPECT_NEAR(*state.observe("WET-PERIMETER", 1), 2 * std::hypot(1.25, 1.0) * d, 1e-12);
    const double rain = period == 0 ? 0 : 0.02 * 200 * 5;
    const double evaporation = period == 0 ? 0 : 0.01 * 200 * 2.5 * d;
    EXPECT_NEAR(*state.observe("EVAPORATION", 1), evaporation, 1e-9);
    const double middle = *state.observe("INFLOW", 1) + 0.5 * (rain - evaporation - *state.observe("SFR", 1));
    const double radius = 1.25 * d * d / (2 * std::hypot(1.25, 1.0) * d);
    EXPECT_NEAR(86400 * std::sqrt(1e-3) / 0.03 * 1.25 * d * d * std::pow(radius, 2.0 / 3.0), middle,
                1e-8 * middle);
    // The walls of the box are wet, its bed is twice as rough.
    const double last = *state.observe("DEPTH", 2);
    EXPECT_NEAR(*state.observe("WET-PERIMETER", 2), period == 0 ? 5 : 5 + 2 * last, 1e-12);
    const double through = *state.observe("INFLOW", 2) - 0.5 * *state.observe("SFR", 2);
    const double rough = period == 0 ? 0.03 : 0.06;
    EXPECT_NEAR(86400 * std::sqrt(1e-3) / rough * 5 * std::pow(last, 5.0 / 3.0), through, 1e-8 * through);
  }
}

TEST(StreamSections, TablesHoldFromTheirPeriodOnAndAreWrittenAgain) {
  EXPECT_EQ(complaints(with_sections()), "");
  expect_sections(read(with_sections()).model);
  const fs::path folder = fs::path(::testing::TempDir()) / "stream_sections";
  fs::remove_all(folder);
  write_simulation(read(with_sections()).model, folder, {});
  expect_sections(read_simulation({folder, "mfsim.nam"}).model);
  fs::remove_all(folder);
}

TEST(StreamSections, FaultsOfATableAreNamed) {
  const std::tuple<const char*, const char*, const char*> faults[] = {
      {"NROW 3", "NROW 4", "3 rows, NROW says 4"},
      {"  0.5 0\n", "  0.5 0.1\n", "its lowest HEIGHT is 0.1"},
      {"  0.5 0\n", "  1.5 0\n", "go backwards"},
      {"  0.5 0\n", "  0.5 deep\n", "deep"},
  };
  for (const auto& [from, to, text] : faults) {
    Files files = with_sections();
    std::string& table = files["v.tab"];
    table.replace(table.find(from), std::string(from).size(), to);
    EXPECT_NE(complaints(files).find(text), std::string::npos) << complaints(files);
  }
}

}  // namespace
}  // namespace phreatic::flow::mf6
