// SPDX-License-Identifier: BSD-3-Clause
// The study file of an ensemble, its blocks on disk, going on after a kill, and tasks.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "phreatic/core/files/files.hpp"
#include "phreatic/data/io/netcdf.hpp"
#include "phreatic/flow/ensemble/study.hpp"
#include "phreatic/flow/mf6/writer.hpp"
#include "tests/flow/ensemble/models.hpp"

namespace phreatic::flow {
namespace {

namespace fs = std::filesystem;
using namespace testing;

class EnsembleStudyOnDisk : public ::testing::Test {
 protected:
  EnsembleStudyOnDisk()
      : folder_(fs::temp_directory_path() / ("phreatic-ensemble-" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    mf6::write_simulation(valley(false, 10), folder_ / "model", {});
  }
  ~EnsembleStudyOnDisk() override { fs::remove_all(folder_); }

  void study(const std::string& scenarios) const {
    std::ofstream(folder_ / "study.yml")
        << "model: model\nensemble:\n  dates: [5, 11]\n  lanes: 2\nscenarios:\n"
        << scenarios;
  }
  static std::string three() {
    return "  - name: a\n    sites:\n      - {row: 6, column: 7, size: 150, rate: 0.02, from: 2, to: 8}\n"
           "  - name: b\n    sites:\n      - {cells: [\"12 20\", \"12 21\"], rate: 0.01}\n"
           "      - {row: 20, column: 8, size: 100, rate: 0.03}\n"
           "  - name: c\n    changes:\n      - {package: PRCH, factor: 1.5}\n";
  }
  EnsembleSummary run(const std::string& out, bool resume = false, int task = 1, int tasks = 1) const {
    core::Log log(true);
    core::Context context{log, false};
    return run_ensemble_study({folder_ / "study.yml", folder_ / out, resume, task, tasks}, context);
  }
  std::string complaint(const std::string& out) const {
    try {
      run(out);
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "";
  }
  fs::path block(const std::string& out, int number) const {
    return folder_ / out / ("block_000" + std::to_string(number) + ".nc");
  }

  fs::path folder_;
};

TEST_F(EnsembleStudyOnDisk, GivesTheRisesThatTheFunctionGives) {
  study(three());
  const EnsembleSummary summary = run("out");
  EXPECT_EQ(summary.blocks, 2U);
  EXPECT_EQ(summary.done_now, 2U);
  Scenario a;
  a.name = "a";
  RechargeSite square;
  for (int i = 4; i <= 6; ++i) {
    for (int j = 5; j <= 7; ++j) square.cells.push_back(i * kColumns + j);
  }
  square.rate = 0.02;
  square.first = 2;
  square.last = 8;
  a.sites.push_back(square);
  EnsembleParams params;
  params.dates = {5, 11};
  const Collected c = collect(valley(false, 10), {a}, params);
  const data::io::NcReader file(block("out", 1));
  EXPECT_EQ(file.texts("name"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(file.texts("status"), (std::vector<std::string>{"done", "done"}));
  const std::vector<double> rise = file.values("table_rise");
  const std::vector<double> water = file.values("water");
  double largest = 0;
  for (std::size_t n = 0; n < static_cast<std::size_t>(kRows * kColumns); ++n) {
    const double expected = c.heads[0][0][n] - c.baseline[0][n];
    EXPECT_NEAR(rise[n], expected, 1e-5);
    largest = std::max(largest, expected);
  }
  EXPECT_GT(largest, 0.1);
  for (std::size_t s = 0; s < c.result.times.size(); ++s) {
    EXPECT_NEAR(water[s], c.result.scenarios[0].rise.water[s], 1e-3);
  }
}

TEST_F(EnsembleStudyOnDisk, AfterAKillOnlyWhatIsMissingIsComputedAndTheFilesAreTheSame) {
  study(three());
  run("whole");
  run("cut");
  const std::string second = core::read_file(block("cut", 2));
  std::ofstream(block("cut", 2), std::ios::binary)
      << second.substr(0, second.size() / 2);  // not ours: no whole file
  EXPECT_NE(complaint("cut").find("--resume"), std::string::npos);
  const EnsembleSummary again = run("cut", true);
  EXPECT_EQ(again.done_before, 1U);
  EXPECT_EQ(again.done_now, 1U);
  for (const int number : {1, 2}) {
    const data::io::NcReader whole(block("whole", number)), cut(block("cut", number));
    for (const char* name : {"table_rise", "volume", "water", "inflow", "outflow"})
      EXPECT_EQ(whole.raw(name), cut.raw(name)) << name;
  }
  study(three() + "      - {package: PRIV, column: stage, add: 0.1}\n");
  EXPECT_EQ(run("cut", true).done_now, 2U) << "another study's blocks are not taken";
}

TEST_F(EnsembleStudyOnDisk, TasksShareTheBlocks) {
  study(three());
  const EnsembleSummary first = run("out", false, 1, 2);
  EXPECT_EQ(first.done_now, 1U);
  EXPECT_EQ(first.left, 1U);
  EXPECT_FALSE(fs::exists(block("out", 2)));
  const EnsembleSummary second = run("out", false, 2, 2);
  EXPECT_EQ(second.done_now, 1U);
  EXPECT_EQ(second.done_before, 1U);
}

TEST_F(EnsembleStudyOnDisk, BadInputIsAllTold) {
  std::ofstream(folder_ / "short.txt") << "0.001 0.002 0.003";
  study(
      "  - name: a\n    sites:\n      - {row: 60, column: 7, size: 150, rate: 0.02}\n      - {rate: 0.01}\n"
      "      - {cells: [\"1 2 3\", \"90 1\"], rate: 0.01}\n"
      "  - name: a\n    changes:\n      - {package: PRIV, column: stages}\n      - {package: PRCH, array: "
      "short.txt}\n"
      "      - {package: PRCH, array: none.txt}\n");
  const std::string text = complaint("out");
  for (const char* part :
       {"around row 60, column 7", "either a square (row, column, size) or cells", "'1 2 3' is no cell",
        "cell 90 1 is outside the grid", "used twice", "has no column 'stages'",
        "3 values are given, the package has 720 bounds", "none.txt"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nin\n" << text;
  EXPECT_NE(text.find("study.yml:6: scenario a: "), std::string::npos) << text;
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(EnsembleStudyOnDisk, DatesThatAreNoEndsOfStepsAreToldTogetherWithTheRestAndWithTheirLine) {
  std::ofstream(folder_ / "study.yml")
      << "model: model\nensemble:\n  dates: [5, 7.5, 40]\n  lanes: 2\nscenarios:\n"
      << "  - name: a\n    sites:\n      - {row: 60, column: 7, size: 150, rate: 0.02}\n";
  const std::string text = complaint("out");
  for (const char* part : {"study.yml:3: dates: 7.5 is no end of a step", "40 is outside the run",
                           "study.yml:6: scenario a: square of 150 around row 60"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nin\n" << text;
}

}  // namespace
}  // namespace phreatic::flow
