// SPDX-License-Identifier: BSD-3-Clause
// Other methods of explanation beside expected gradients. With one driver all of them have to say the same: what it does
// is the output less that of the references.
#include "phreatic/hydrographs/explanation/method_agreement.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/training/training.hpp"

namespace phreatic::hydrographs {
namespace {

namespace fs = std::filesystem;

// Two wells that answer to rain; `drivers` columns of it, those after the first constant.
Prepared wells(std::size_t drivers) {
  Prepared p;
  std::vector<data::Variable> variables = {{"level", "m", data::Role::level}};
  for (std::size_t d = 0; d < drivers; ++d) variables.push_back({"driver" + std::to_string(d), "mm/d"});
  p.panel = data::make_panel(core::TimeAxis(0, {core::StepUnit::day, 1}, 400), {"A", "B"}, variables);
  for (std::size_t d = 0; d < drivers; ++d) p.drivers.push_back(1 + d);
  for (std::size_t e = 0; e < 2; ++e) {
    double store = 0;
    for (std::size_t t = 0; t < 400; ++t) {
      const double rain = static_cast<double>((t * 7 + 3 * e) % 11);
      store += 0.1 * (rain - 5 - store);
      p.panel.series(e, 0)[t] = 100 + store;
      for (std::size_t d = 0; d < drivers; ++d) p.panel.series(e, 1 + d)[t] = d == 0 ? rain : 4.0;
    }
    p.split.entities.push_back({{0, 200}, {200, 300}, {300, 400}, false});
  }
  return p;
}

class MethodsAgree : public testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() /
            ("phreatic_methods_" + std::to_string(GetParam()) + std::to_string(getpid()));
    fs::remove_all(root_);
    fs::create_directories(root_ / "units");
    task_.learn.window = {.mode = learn::WindowMode::simulation, .seq_length = 40, .predict_last_n = 20};
    task_.learn.model.hidden_size = 4;
    task_.learn.training.epochs = 4;
    task_.learn.training.batch_size = 8;
    task_.learn.ensemble.members = 2;
    models_ = {plan_units(data_, {}, task_), task_, root_ / "units"};
    train_units(data_, models_, learn::ResumeMode::fresh, context_);
    params_.stride = 7;
    params_.reference_windows = 16;
    params_.compare_dates = 6;
    explanation_ = explain_series(data_, models_, params_, {}, context_);
    found_ = compare_methods(data_, models_, params_, explanation_, context_);
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path root_;
  core::Log log_{true};
  core::Context context_{log_, false};
  TaskParams task_;
  ExplainParams params_;
  Prepared data_ = wells(GetParam());
  Models models_;
  Explanation explanation_;
  MethodAgreement found_;
};

TEST_P(MethodsAgree, OnWhatTheOnlyDriverThatVariesDoes) {
  ASSERT_EQ(found_.wells.size(), 2U);
  for (const MethodImportance& well : found_.wells) {
    EXPECT_EQ(well.dates, 6U);
    EXPECT_GT(well.expected_gradients[0], 0);
    EXPECT_NEAR(well.shapley[0] / well.expected_gradients[0], 1, 0.1);
    EXPECT_GT(well.shapley_correlation, 0.98);
    EXPECT_GT(well.gradients_correlation, 0.9);
    EXPECT_GT(well.permutation[0], 0);
    for (std::size_t d = 1; d < GetParam(); ++d) {
      EXPECT_NEAR(well.shapley[d], 0, 1e-6) << "a driver that never changes does nothing";
      EXPECT_NEAR(well.integrated_gradients[d], 0, 1e-6);
      EXPECT_NEAR(well.permutation[d], 0, 1e-6);
    }
  }
}

TEST_P(MethodsAgree, AndTheFilesSaySo) {
  write_agreement(found_, data_, root_ / "methods.csv", root_ / "agreement.json");
  const std::string rows = core::read_file(root_ / "methods.csv");
  EXPECT_EQ(rows.find("well,driver,dates,expected_gradients_m,shapley_m,integrated_gradients_m,permutation_"
                      "m\nA,driver0,6,"),
            0U);
  EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), static_cast<std::ptrdiff_t>(1 + 2 * GetParam()));
  const std::string json = core::read_file(root_ / "agreement.json");
  EXPECT_NE(json.find("\"same_strongest\": 1.0"), std::string::npos) << json;
}

INSTANTIATE_TEST_SUITE_P(Drivers, MethodsAgree, testing::Values(1U, 2U));

}  // namespace
}  // namespace phreatic::hydrographs
