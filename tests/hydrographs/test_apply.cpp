// SPDX-License-Identifier: BSD-3-Clause
// A trained model used from its folder alone: the same numbers as the run that trained it, and what it refuses.
#include "phreatic/hydrographs/prediction/apply.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/prediction/band_book.hpp"
#include "phreatic/hydrographs/training/training.hpp"

namespace phreatic::hydrographs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTimes = 300;

// Two wells with an attribute; a level is a slow answer to rain.
Prepared make_prepared(std::size_t times, std::vector<std::string> wells = {"A", "B"}) {
  Prepared p;
  p.panel = data::make_panel(core::TimeAxis(0, {core::StepUnit::day, 1}, times), wells,
                             {{"level", "m", data::Role::level},
                              {"precipitation", "mm/d", data::Role::precipitation},
                              {"temperature", "degC", data::Role::temperature}});
  p.drivers = {1, 2};
  p.panel.attributes = {{"depth"}, {}};
  for (std::size_t e = 0; e < wells.size(); ++e) {
    p.panel.attributes.values.push_back(1.0 + static_cast<double>(e));
    double level = 0;
    for (std::size_t t = 0; t < times; ++t) {
      const double rain = static_cast<double>((t * 7 + 3 * e) % 11);
      level += 0.1 * (rain - 5 - level);
      p.panel.series(e, 1)[t] = rain;
      p.panel.series(e, 2)[t] = 10 + 8 * std::sin(0.0172 * static_cast<double>(t));
      p.panel.series(e, 0)[t] = 100.0 * static_cast<double>(e + 1) + level;
    }
    p.split.entities.push_back({{0, 150}, {150, 220}, {220, std::min<std::size_t>(times, 300)}, false});
  }
  return p;
}

TaskParams make_task() {
  TaskParams task;
  task.learn.window = {.mode = learn::WindowMode::simulation, .seq_length = 40, .predict_last_n = 20};
  task.learn.model.hidden_size = 4;
  task.learn.training.epochs = 2;
  task.learn.training.batch_size = 8;
  task.learn.ensemble.members = 2;
  return task;
}

class Apply : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("phreatic_apply_" + std::to_string(getpid()));
    fs::remove_all(root_);
    fs::create_directories(root_ / "model/units");
    const Prepared data = make_prepared(kTimes);
    const Models models{plan_units(data, {}, task_), task_, root_ / "model/units"};
    train_units(data, models, learn::ResumeMode::fresh, context_);
    BandBook book = make_band_book(data, uncertainty_, 1);
    run_ = simulate_series(
        data, models,
        [&](std::size_t e, std::size_t lead, Simulation& s) {
          add_band(data, uncertainty_, e, s);
          take_down(data, e, lead, s, book);
        },
        context_);
    write_band_book(book, root_ / "model/bands.nc");
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string refusal(Prepared data) {
    try {
      apply_model(root_, std::move(data), context_);
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "";
  }
  void edit(const fs::path& file, const std::string& from, const std::string& to) {
    std::string text = core::read_file(file);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    std::ofstream(file) << text.replace(at, from.size(), to);
  }

  fs::path root_;
  TaskParams task_ = make_task();
  UncertaintyParams uncertainty_;
  core::Log log_{true, ""};
  core::Context context_{log_, false};
  std::vector<Simulation> run_;
};

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

TEST_F(Apply, LaterWeatherLeavesTheOldDatesAsTheyWereBitForBitBandsToo) {
  Prepared data = make_prepared(kTimes + 30);
  for (std::size_t e = 0; e < 2; ++e) {  // nothing of the levels is needed
    for (double& v : data.panel.series(e, 0)) v = std::nan("");
  }
  const Applied applied = apply_model(root_, std::move(data), context_).front();
  const auto check = [&](const char* name, std::vector<double> Simulation::*field) {
    const RunSeries::Field* values = applied.series.find(name);
    ASSERT_NE(values, nullptr) << name;
    for (std::size_t e = 0; e < 2; ++e) {
      const auto series = applied.series.series(*values, e);
      for (std::size_t t = 0; t < kTimes; ++t)
        ASSERT_TRUE(same(series[t], (run_[e].*field)[t])) << name << " " << t;
      EXPECT_FALSE(std::isnan(series[kTimes + 29])) << name;
    }
  };
  check("simulated", &Simulation::level);
  check("lower", &Simulation::lower);
  check("upper", &Simulation::upper);
}

TEST_F(Apply, InputsOutsideTheTrainingRangeAreCountedAndSaid) {
  Prepared data = make_prepared(kTimes);
  for (std::size_t t = 250; t < 260; ++t) data.panel.series(0, 1)[t] = 50;
  data.panel.series(0, 2)[251] = -40;
  const Applied applied = apply_model(root_, std::move(data), context_).front();
  ASSERT_EQ(applied.ranges.size(), 4U);
  EXPECT_EQ(applied.ranges[0].above, 10U);
  EXPECT_EQ(applied.ranges[0].training_max, 10);
  EXPECT_EQ(applied.ranges[0].highest, 50);
  EXPECT_GE(applied.ranges[1].below, 1U);
  ASSERT_GE(applied.said.size(), 2U);
  EXPECT_NE(applied.said[0].find("precipitation: 10 of 600 steps, in 1 wells"), std::string::npos)
      << applied.said[0];
}

TEST_F(Apply, AnotherWellIsSimulatedWithItsAttributesAndLevelsOrRefusedByName) {
  const Applied applied = apply_model(root_, make_prepared(kTimes, {"A", "C"}), context_).front();
  const auto level = applied.series.series(*applied.series.find("simulated"), 1);
  EXPECT_NEAR(level[kTimes - 1], 200, 20);
  Prepared bare = make_prepared(kTimes, {"A", "C"});
  bare.panel.attributes.values[1] = std::nan("");
  EXPECT_NE(refusal(bare).find("has no attribute 'depth'"), std::string::npos);
  Prepared silent = make_prepared(kTimes, {"A", "C"});
  for (double& v : silent.panel.series(1, 0)) v = std::nan("");
  EXPECT_NE(refusal(silent).find("well C"), std::string::npos);
}

TEST_F(Apply, AMissingDriverAnotherUnitAndAnotherStepAreRefused) {
  Prepared missing = make_prepared(kTimes);
  missing.panel.variables[1].name = "rain";
  EXPECT_NE(refusal(missing).find("driver 'precipitation'"), std::string::npos);
  Prepared unit = make_prepared(kTimes);
  unit.panel.variables[2].unit = "K";
  EXPECT_NE(refusal(unit).find("driver 'temperature': is given in K"), std::string::npos) << refusal(unit);
  Prepared step = make_prepared(kTimes);
  step.panel.axis = core::TimeAxis(0, {core::StepUnit::day, 7}, kTimes);
  EXPECT_NE(refusal(step).find("daily"), std::string::npos) << refusal(step);
}

TEST_F(Apply, AModelOfANewerVersionAndADamagedOneAreRefused) {
  const fs::path about = root_ / "model/units/all/model.json";
  edit(about, "\"format\": 2", "\"format\": 9");
  EXPECT_NE(refusal(make_prepared(kTimes)).find("newer Phreatic"), std::string::npos);
  edit(about, "\"format\": 9", "\"format\": [");
  EXPECT_NE(refusal(make_prepared(kTimes)).find("damaged"), std::string::npos);
  fs::remove(root_ / "model/units/models.json");
  EXPECT_NE(refusal(make_prepared(kTimes)).find("holds no trained models"), std::string::npos);
}

TEST_F(Apply, TwoSetsOfDriversAreComparedByWellAndPeriod) {
  const Applied first = apply_model(root_, make_prepared(kTimes), context_).front();
  Prepared wetter = make_prepared(kTimes);
  for (double& v : wetter.panel.series(0, 1)) v += 2;
  const auto differences = compare_applied(first, apply_model(root_, wetter, context_).front());
  ASSERT_FALSE(differences.empty());
  EXPECT_EQ(differences.front().entity, "A");
  EXPECT_EQ(differences.front().period, "all");
  EXPECT_NE(differences.front().first, differences.front().second);
  for (const PeriodDifference& d : differences) {
    if (d.entity == "B") {
      EXPECT_EQ(d.first, d.second) << d.period;
    }
  }
}

}  // namespace
}  // namespace phreatic::hydrographs
