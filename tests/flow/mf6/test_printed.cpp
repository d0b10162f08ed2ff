// SPDX-License-Identifier: BSD-3-Clause
// Tables of the listing that PRINT HEAD, PRINT_FLOWS and PRINT_STAGE ask for, against those of MODFLOW 6 (6.2.1 release candidate) for
// the network tests/reference/flow/streams/random02.txt with these options.
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "phreatic/core/context.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/run.hpp"
#include "small_model.hpp"

namespace phreatic::flow::mf6 {
namespace {

void insert_after(std::string& text, const std::string& line, const std::string& more) {
  const auto at = text.find(line);
  ASSERT_NE(at, std::string::npos) << line;
  text.insert(at + line.size(), more);
}

std::map<std::string, std::string> network() {
  auto files = small_model::parts_of("tests/reference/flow/streams/random02.txt");
  insert_after(files["m.sfr"], "BEGIN OPTIONS\n", "  PRINT_STAGE\n  PRINT_FLOWS\n");
  insert_after(files["m.oc"], "SAVE BUDGET ALL\n", "  PRINT HEAD LAST\n  PRINT BUDGET ALL\n");
  return files;
}

class Printed : public ::testing::Test {
 protected:
  void SetUp() override {
    small_model::put_all(folder_, network());
    core::Log log(true);
    core::Context context{log, false};
    const RunSummary summary =
        run_simulation({.folder = folder_.path(), .out = folder_.path() / "out"}, context);
    ASSERT_TRUE(summary.complete) << summary.stopped;
    text_ = core::read_file(folder_.path() / "out" / "m.lst");
  }

  // Words of the line that starts with `first` in the first table under `title`.
  std::vector<std::string> line(const std::string& title, const std::string& first, int which = 1) const {
    std::istringstream in(text_.substr(std::min(text_.find(title), text_.size())));
    for (std::string row; std::getline(in, row);) {
      std::istringstream words(row);
      std::vector<std::string> all;
      for (std::string word; words >> word;) all.push_back(word);
      if (!all.empty() && all.front() == first && --which == 0) return all;
    }
    return {};
  }
  void expect(const std::string& title, const std::string& first, const std::vector<double>& numbers) const {
    const std::vector<std::string> words = line(title, first);
    ASSERT_GE(words.size(), numbers.size() + 2) << title << " " << first;
    for (std::size_t i = 0; i < numbers.size(); ++i)
      EXPECT_NEAR(std::stod(words[i + 2]), numbers[i], 1e-4 * std::abs(numbers[i]) + 1e-4)
          << title << " " << first;
  }

  small_model::Folder folder_;
  std::string text_;
};

TEST_F(Printed, StagesFlowsAndBudgetOfStreamsAreThoseOfModflow) {
  const char* stages = "SFR PACKAGE (SFR-1) STAGES FOR EACH CONTROL VOLUME   PERIOD      1";
  expect(stages, "1", {17.050, 0.28051, 9, 18.002, 1202.9, -1.9043});
  expect(stages, "7", {21.580, 2.14618e-2, 6, 19.735, 311.40, 1.0429});
  EXPECT_EQ(line(stages, "6"),
            (std::vector<std::string>{"6", "NONE", "19.535", "0.73163", "2", "--", "--", "--", "REACH2"}));
  const char* flows = "SFR-1 PACKAGE - SUMMARY OF FLOWS FOR EACH CONTROL VOLUME   PERIOD      1";
  expect(flows, "2", {1850.7, -2086.5, 236.32, 0, -0.51975, 0, 0, 0, 0});
  expect(flows, "8", {336.20, 0, 102.55, 0, 0, 0, 0, -438.76, 0});
  const char* bounds = "SFR PACKAGE (SFR-1) FLOW RATES   PERIOD      1";
  expect(bounds, "1", {-1145.4040});
  expect(bounds, "5", {34.506189});
  const char* budget = "SFR-1 BUDGET FOR ENTIRE MODEL AT END OF TIME STEP    1, STRESS PERIOD   1";
  EXPECT_NEAR(std::stod(line(budget, "GWF")[2]), 2519.3723, 2e-3);
  EXPECT_NEAR(std::stod(line(budget, "GWF", 2)[2]), 2250.6924, 2e-3);
  EXPECT_NEAR(std::stod(line(budget, "EXT-OUTFLOW", 2)[2]), 83885.5401, 2e-2);
  EXPECT_EQ(line(budget, "PERCENT")[3], "0.00");
}

TEST_F(Printed, HeadsOfEveryLayerAreThoseOfModflow) {
  const char* heads = "HEAD IN LAYER   1 AT END OF TIME STEP   1 IN STRESS PERIOD    1";
  const std::vector<std::string> row = line(heads, "3");
  ASSERT_EQ(row.size(), 9U);
  const double wanted[] = {19.67, 19.38, 19.26, 19.05, 19.39, 20.51, 22.34, 20.96};
  for (std::size_t j = 0; j < 8; ++j) EXPECT_NEAR(std::stod(row[j + 1]), wanted[j], 0.00501);
  EXPECT_EQ(text_.find("HEAD IN LAYER   1 AT END OF TIME STEP   1 IN STRESS PERIOD    2"), std::string::npos)
      << "PRINT HEAD LAST";
}

}  // namespace
}  // namespace phreatic::flow::mf6
