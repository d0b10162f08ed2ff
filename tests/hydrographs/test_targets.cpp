// SPDX-License-Identifier: BSD-3-Clause
// Several targets of one network: which entities have which, observations as means over intervals, what is refused.
#include "phreatic/hydrographs/targets/targets.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "phreatic/hydrographs/explanation/explanation.hpp"
#include "phreatic/hydrographs/forecasts/forecast.hpp"
#include "phreatic/hydrographs/forecasts/lead_weights.hpp"
#include "phreatic/hydrographs/prediction/apply.hpp"
#include "phreatic/hydrographs/prediction/band_book.hpp"
#include "phreatic/hydrographs/training/model_file.hpp"
#include "phreatic/hydrographs/training/training.hpp"

namespace phreatic::hydrographs {
namespace {

namespace fs = std::filesystem;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Wells W1, W2 with levels, a gauge G with discharge; both answer to rain.
Prepared wells_and_gauge(std::size_t times = 400) {
  Prepared p;
  p.panel = data::make_panel(core::TimeAxis(0, {core::StepUnit::day, 1}, times), {"W1", "G", "W2"},
                             {{"level", "m", data::Role::level},
                              {"discharge", "m3/s", data::Role::discharge},
                              {"precipitation", "mm/d", data::Role::precipitation}});
  p.target = 0;
  p.others = {1};
  p.drivers = {2};
  for (std::size_t e = 0; e < 3; ++e) {
    double store = 0;
    for (std::size_t t = 0; t < times; ++t) {
      const double rain = static_cast<double>((t * 7 + 3 * e) % 11);
      store += 0.1 * (rain - 5 - store);
      p.panel.series(e, 2)[t] = rain;
      p.panel.series(e, e == 1 ? 1 : 0)[t] = (e == 1 ? 20.0 : 100.0) + store;
    }
    p.split.entities.push_back({{0, 200}, {200, 300}, {300, times}, false});
  }
  return p;
}

TaskParams small_task() {
  TaskParams task;
  task.learn.window = {.mode = learn::WindowMode::simulation, .seq_length = 40, .predict_last_n = 20};
  task.learn.model.hidden_size = 4;
  task.learn.training.epochs = 2;
  task.learn.training.batch_size = 8;
  task.learn.ensemble.members = 2;
  TargetTask level;
  level.name = "level";
  level.interval = 5;
  task.targets = {level};
  return task;
}

TEST(Targets, EachTargetKeepsTheEntitiesThatHaveIt) {
  const Prepared whole = wells_and_gauge();
  EXPECT_EQ(entities_with(whole, 0), (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(entities_with(whole, 1), (std::vector<std::size_t>{1}));
  const Prepared gauges = only_target(whole, 1, {1});
  EXPECT_EQ(gauges.panel.entities, (std::vector<std::string>{"G"}));
  EXPECT_EQ(gauges.target, 1U);
  EXPECT_EQ(gauges.number, 1U);
  EXPECT_EQ(gauges.targets(), whole.targets()) << "the networks' outputs keep their order";
  EXPECT_EQ(gauges.level(0)[7], whole.panel.series(1, 1)[7]);
}

TEST(Targets, ObservationsBecomeTheMeanOfTheirIntervalAtItsLastStep) {
  std::vector<double> series = {9, 1, 2, 3, kMissing, 5, 6, 7};
  const IntervalCount count = mean_over_intervals(series, 3, 4);  // [-2, 1), [1, 4), [4, 7), [7, 10)
  const std::vector<double> wanted = {kMissing, kMissing, kMissing, 2, kMissing, kMissing, 5.5, kMissing};
  for (std::size_t t = 0; t < series.size(); ++t) {
    if (std::isnan(wanted[t])) {
      EXPECT_TRUE(std::isnan(series[t])) << t;
    } else {
      EXPECT_EQ(series[t], wanted[t]) << t;
    }
  }
  EXPECT_EQ(count.observations, 7U);
  EXPECT_EQ(count.intervals, 2U);
  EXPECT_EQ(count.cut, 2U) << "9 and 7 lie in intervals that the axis does not hold whole";
}

TEST(Targets, ATrailingMeanIsMissingWhereOneOfItsStepsIs) {
  std::vector<double> values = {1, 2, 3, kMissing, 5, 6, 7};
  trailing_mean(values, 3);
  EXPECT_TRUE(std::isnan(values[1]));
  EXPECT_EQ(values[2], 2);
  for (const std::size_t t : {3U, 4U, 5U}) EXPECT_TRUE(std::isnan(values[t])) << t;
  EXPECT_EQ(values[6], 6);
}

TEST(Targets, WhatDoesNotFitIsRefusedByName) {
  const Prepared whole = wells_and_gauge();
  TaskParams task = small_task();
  task.targets.push_back(task.targets.front());
  task.targets.push_back(TargetTask{});
  task.targets.back().name = "dischage";
  task.learn.window.mode = learn::WindowMode::forecast;
  UncertaintyParams uncertainty;
  uncertainty.scale = BandScale::quantiles;
  core::Problems problems;
  check_targets(whole, task, uncertainty, "study.yml", problems);
  std::string all;
  for (const core::Problem& problem : problems.items()) all += problem.text() + "\n";
  EXPECT_NE(all.find("'dischage': is no target of the data"), std::string::npos) << all;
  EXPECT_NE(all.find("stands twice"), std::string::npos) << all;
  EXPECT_NE(all.find("means over intervals are for simulations"), std::string::npos) << all;
  EXPECT_NE(all.find("the target 'discharge' is learnt without them"), std::string::npos) << all;
}

// A network of two targets from training to its use in another place.
class TwoTargets : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("phreatic_targets_" + std::to_string(getpid()));
    fs::remove_all(root_);
    fs::create_directories(root_ / "model/units");
    data_ = wells_and_gauge();
    group_observations(data_, task_.targets, log_);
    const Models models{plan_units(data_, {}, task_), task_, root_ / "model/units"};
    train_units(data_, models, learn::ResumeMode::fresh, context_);
    for_each_target(data_, [&](const Prepared& mine, const std::vector<std::size_t>& kept) {
      BandBook book = make_band_book(mine, uncertainty_, 1);
      const auto banding = [&](std::size_t e, std::size_t lead, Simulation& s) {
        add_band(mine, uncertainty_, e, s);
        take_down(mine, e, lead, s, book);
      };
      runs_.push_back(simulate_series(mine, only_entities(models, kept), banding, context_));
      const std::string name = mine.panel.variables[mine.target].name;
      write_band_book(book, root_ / ("model/bands" + target_suffix(name, mine.number) + ".nc"));
    });
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path root_;
  core::Log log_{true};
  core::Context context_{log_, false};
  TaskParams task_ = small_task();
  UncertaintyParams uncertainty_;
  Prepared data_;
  std::vector<std::vector<Simulation>> runs_;
};

TEST_F(TwoTargets, AreSimulatedEachAtItsOwnPlacesAndInItsOwnUnit) {
  ASSERT_EQ(runs_.size(), 2U);
  ASSERT_EQ(runs_[0].size(), 2U);
  ASSERT_EQ(runs_[1].size(), 1U);
  EXPECT_NEAR(runs_[0][0].level[350], 100, 5);
  EXPECT_NEAR(runs_[1][0].level[350], 20, 5);
  EXPECT_FALSE(std::isnan(runs_[0][1].lower[350]));
  EXPECT_FALSE(std::isnan(runs_[1][0].upper[350]));
}

TEST_F(TwoTargets, ComeOutOfTheModelFolderAsTheyWentIn) {
  Prepared bare = data_;
  for (std::size_t e = 0; e < 3; ++e) {
    for (const std::size_t v : {0U, 1U}) {
      for (double& value : bare.panel.series(e, v)) value = kMissing;
    }
  }
  bare.others.clear();
  const std::vector<Applied> applied = apply_model(root_, bare, context_);
  ASSERT_EQ(applied.size(), 2U);
  EXPECT_EQ(applied[1].target, "discharge");
  EXPECT_EQ(applied[1].suffix, "_discharge");
  for (std::size_t k = 0; k < 2; ++k) {
    const RunSeries& series = applied[k].series;
    ASSERT_EQ(series.entities.size(), runs_[k].size());
    for (std::size_t e = 0; e < series.entities.size(); ++e) {
      for (std::size_t t = 60; t < 400; ++t) {
        EXPECT_EQ(series.series(*series.find("simulated"), e)[t], runs_[k][e].level[t])
            << k << ' ' << e << ' ' << t;
        EXPECT_EQ(series.series(*series.find("upper"), e)[t], runs_[k][e].upper[t])
            << k << ' ' << e << ' ' << t;
      }
    }
  }
}

// Forecasts of both targets: what they start from, and a whole way from training to explanations.
class TwoTargetsAhead : public testing::TestWithParam<ForecastTarget> {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() /
            ("phreatic_ahead_" + std::to_string(static_cast<int>(GetParam())) + std::to_string(getpid()));
    fs::remove_all(root_);
    fs::create_directories(root_ / "units");
    task_.targets.clear();
    task_.learn.window = {.mode = learn::WindowMode::forecast, .seq_length = 20, .horizon = 3};
    task_.forecast.target = GetParam();
    models_ = {plan_units(data_, {}, task_), task_, root_ / "units"};
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path root_;
  core::Log log_{true};
  core::Context context_{log_, false};
  TaskParams task_ = small_task();
  UncertaintyParams uncertainty_;
  Prepared data_ = wells_and_gauge();
  Models models_;
};

// By code of its own: the baseline of that name, and the value known last.
TEST_P(TwoTargetsAhead, StartEachFromItsOwnSimpleForecast) {
  const Unit unit = models_.units.front();
  const learn::SeriesSet set = make_series(data_, task_, fit_scaling(data_, task_, unit), {0, 1, 2}, false);
  learn::check(set);
  const std::vector<learn::Window> windows = forecast_windows(set, task_.learn.window);
  std::size_t compared = 0;
  for (const learn::Window& window : windows) {
    const std::size_t own = window.entity == 1 ? 1 : 0;
    const std::vector<double> known = data_.known(window.entity, own);
    const data::Affine scaling = target_scaling(data_, window.entity, own).value();
    stats::BaselineData data;
    data.axis = data_.panel.axis;
    data.target = known;
    data.train = {0, 300};
    for (std::size_t lead = 1; lead <= 3 && window.first % 40 == 0; ++lead) {
      const std::size_t step = window.warmup + lead - 1, t = window.first + step;
      const double damped = stats::damped_anomaly_baseline(data, lead, {}).simulated[t];
      const double start = GetParam() == ForecastTarget::change ? known[t - lead] : damped;
      if (std::isnan(start)) continue;
      EXPECT_NEAR(learn::output_scale(set, window, own, step).centre, scaling.scaled(start), 1e-5);
      EXPECT_TRUE(std::isnan(learn::output_scale(set, window, 1 - own, step).centre))
          << "it is not observed there";
      ++compared;
    }
  }
  EXPECT_GT(compared, 60U);
}

TEST_P(TwoTargetsAhead, AreForecastBandedAndExplainedEachInItsOwnUnit) {
  train_units(data_, models_, learn::ResumeMode::fresh, context_);
  for_each_target(data_, [&](const Prepared& mine, const std::vector<std::size_t>& kept) {
    const Models own = only_entities(models_, kept);
    const auto banding = [&](std::size_t e, std::size_t, Simulation& s) {
      add_band(mine, uncertainty_, e, s);
    };
    const Forecasted ahead = forecast_series(mine, own, banding, context_);
    const double usual = mine.number == 0 ? 100 : 20;
    for (std::size_t e = 0; e < kept.size(); ++e) {
      for (std::size_t lead = 1; lead <= 3; ++lead) {
        const auto level = ahead.leads.series(ahead.leads.level, e, lead);
        const auto lower = ahead.leads.series(ahead.leads.lower, e, lead);
        // The last whole horizon ends with the drivers.
        for (std::size_t t = 0; t + 3 - lead < level.size(); ++t) {
          EXPECT_NEAR(level[t], usual, 6);
          EXPECT_LE(lower[t], level[t]);
        }
      }
    }
    const bool weighed = GetParam() == ForecastTarget::damped_anomaly;
    ASSERT_EQ(ahead.leads.network_weight.size(), weighed ? kept.size() * 3 : 0);
    for (const double weight : ahead.leads.network_weight) {
      EXPECT_GE(weight, 0);
      EXPECT_LE(weight, 1);
    }
    ExplainParams explain;
    explain.stride = 30;
    explain.reference_windows = 8;
    explain.expected_gradients.max_draws = 64;
    explain.expected_gradients.min_draws = 32;
    const Explanation x = explain_series(mine, own, explain, {}, context_);
    ASSERT_GT(x.dates.size(), 2U);
    for (std::size_t row = 0; row < x.dates.size(); ++row) {
      double sum = x.table.base[row] - x.table.simulated[row];
      for (std::size_t d = 0; d < x.drivers.size(); ++d) sum += x.table.contribution(row, d);
      EXPECT_NEAR(sum, x.dates[row].residual_m, 1e-4);
      EXPECT_NEAR(x.table.simulated[row], usual, 6);
    }
  });
}

// Only corrections of the damped anomaly have weights.
class TwoDampedTargetsAhead : public TwoTargetsAhead {};

TEST_P(TwoDampedTargetsAhead, KeepTheWeightsOfEachTargetApart) {
  train_units(data_, models_, learn::ResumeMode::fresh, context_);
  LeadWeights weights;
  weights.entities = {{0.25, 0.5, 0.75}};
  keep_lead_weights(models_, {"G"}, 1, weights);
  const UnitModel about = read_unit_model(models_.folder, models_.units.front().name);
  EXPECT_EQ(about.find("G")->anchors[1].weight, weights.entities[0]);
  EXPECT_TRUE(about.find("G")->anchors[0].empty());
  EXPECT_TRUE(about.find("W1")->anchors[1].empty());
  EXPECT_EQ(about.find("W1")->anchors[0].weight.size(), 3U);
}

INSTANTIATE_TEST_SUITE_P(Starts, TwoTargetsAhead,
                         testing::Values(ForecastTarget::damped_anomaly, ForecastTarget::change));
INSTANTIATE_TEST_SUITE_P(Starts, TwoDampedTargetsAhead, testing::Values(ForecastTarget::damped_anomaly));

}  // namespace
}  // namespace phreatic::hydrographs
