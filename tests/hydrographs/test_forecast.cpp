// SPDX-License-Identifier: BSD-3-Clause
// What a forecast sees, and how leads are scored and kept.
#include "phreatic/hydrographs/forecasts/forecast.hpp"
#include "phreatic/hydrographs/forecasts/lead_weights.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>

namespace phreatic::hydrographs {
namespace {

// Two wells, 120 days, test from day 80; the level of well B is not observed every third day.
Prepared make_prepared() {
  Prepared prepared;
  prepared.panel = data::make_panel(core::TimeAxis(0, {core::StepUnit::day, 1}, 120), {"A", "B"},
                                    {{"level", "m"}, {"precipitation", "mm/d"}});
  prepared.target = 0;
  prepared.drivers = {1};
  for (std::size_t e = 0; e < 2; ++e) {
    for (std::size_t t = 0; t < 120; ++t) {
      prepared.panel.series(e, 1)[t] = static_cast<double>((t * 7 + e) % 11);
      if (e == 0 || t % 3 != 1) prepared.panel.series(e, 0)[t] = std::sin(0.2 * static_cast<double>(t)) + 5;
    }
    prepared.split.entities.push_back({{0, 60}, {60, 80}, {80, 120}, false});
  }
  return prepared;
}

TaskParams make_task() {
  TaskParams task;
  task.scope = Scope::single;
  task.learn.window = {.mode = learn::WindowMode::forecast, .seq_length = 10, .horizon = 4};
  return task;
}

learn::SeriesSet series_of(const Prepared& prepared, const TaskParams& task, std::size_t well,
                           bool training) {
  const Unit unit = plan_units(prepared, {}, task)[well];
  return make_series(prepared, task, fit_scaling(prepared, task, unit), {well}, training);
}

std::vector<float> seen_by(const learn::SeriesSet& set, const learn::Window& window) {
  std::vector<float> out(window.length * set.channels());
  learn::encode_window(set, window, out.data());
  for (std::size_t step = window.warmup; step < window.length; ++step)
    out.push_back(learn::output_scale(set, window, 0, step).centre);
  return out;
}

TEST(Forecast, NoLevelAfterTheIssueDateIsSeen) {
  for (const HorizonDrivers drivers : {HorizonDrivers::known, HorizonDrivers::hidden}) {
    TaskParams task = make_task();
    task.forecast.drivers = drivers;
    Prepared prepared = make_prepared();
    const learn::SeriesSet before = series_of(prepared, task, 0, false);
    constexpr std::size_t kIssue = 100;
    for (std::size_t t = kIssue + 1; t < 120; ++t) {
      prepared.panel.series(0, 0)[t] = 1e6;
      if (drivers == HorizonDrivers::hidden) prepared.panel.series(0, 1)[t] = 1e6;
    }
    const learn::SeriesSet after = series_of(prepared, task, 0, false);
    std::size_t same = 0, different = 0;
    for (const learn::Window& window : forecast_windows(before, task.learn.window)) {
      const bool equal = seen_by(before, window) == seen_by(after, window);
      if (window.first + 9 <= kIssue) {
        EXPECT_TRUE(equal) << "issued on day " << window.first + 9;
        ++same;
      } else {
        different += equal ? 0 : 1;
      }
    }
    EXPECT_EQ(same, 92U);       // issue days 9 to 100
    EXPECT_EQ(different, 15U);  // 101 to 115
  }
}

// A network that puts out 0 forecasts what the baseline of that name does, which is code of its own.
TEST(Forecast, WithoutACorrectionItIsTheDampedAnomaly) {
  const Prepared prepared = make_prepared();
  for (std::size_t well = 0; well < 2; ++well) {
    const learn::SeriesSet set = series_of(prepared, make_task(), well, false);
    const data::Affine scaling = target_scaling(prepared, well, 0).value();
    stats::BaselineData data;
    data.axis = prepared.panel.axis;
    const std::vector<double> known = prepared.known_level(well);
    data.target = known;
    std::size_t compared = 0;
    for (std::size_t lead = 1; lead <= 4; ++lead) {
      data.train = {0, 80};
      const auto expected_at = stats::damped_anomaly_baseline(data, lead, {}).simulated;
      for (const learn::Window& window : forecast_windows(set, make_task().learn.window)) {
        const std::size_t step = window.warmup + lead - 1, t = window.first + step;
        const double expected = expected_at[t];
        if (std::isnan(expected)) continue;
        EXPECT_NEAR(learn::output_scale(set, window, 0, step).centre, scaling.scaled(expected), 1e-5);
        ++compared;
      }
    }
    EXPECT_GT(compared, 300U);
  }
}

// 20 wells whose corrections have one true weight, as far as noise lets see.
TEST(LeadWeights, WhatHelpsInValidationIsKeptAndWhatDoesNotIsDropped) {
  LeadSums sums;
  sums.leads = 3;
  for (std::size_t e = 0; e < 20; ++e) {
    const double noise = e % 2 == 0 ? 0.1 : -0.1;
    for (const double weight : {0.8, 0.0, -0.5}) {
      const double size = e == 7 ? 1e4 : 1.0;  // one well with huge errors has no more say than others
      sums.squares.push_back(size);
      sums.products.push_back(size * (weight + (weight == 0 ? noise : 0.0)));
      sums.errors.push_back(4 * size);
    }
  }
  const LeadWeights weights = weights_of(sums);
  EXPECT_NEAR(weights.pooled[0], 0.8, 1e-12);
  EXPECT_EQ(weights.pooled[1], 0.0);
  EXPECT_EQ(weights.pooled[2], 0.0);
  for (std::size_t e = 0; e < 20; ++e) {
    EXPECT_NEAR(weights.entities[e][0], 0.8, 1e-12);
    EXPECT_EQ(weights.entities[e][1], 0.0);
    EXPECT_EQ(weights.entities[e][2], 0.0);
    EXPECT_FALSE(std::signbit(weights.entities[e][2]));
  }
  EXPECT_EQ(weights.share_better, (std::vector<double>{1, 0, 0}));
}

// 100 wells that share four years: what they say together is worth four draws. Weights by year 1.2, 0.4, 1.0, 0.6:
// mean 0.8, standard error sqrt(0.4 / 3) / 2 of the mean by hand.
TEST(LeadWeights, WellsThatShareTheirYearsAreNoIndependentEvidence) {
  LeadSums sums;
  sums.leads = 1;
  sums.years = 4;
  for (std::size_t e = 0; e < 100; ++e) {
    for (const double weight : {1.2, 0.4, 1.0, 0.6}) {
      sums.squares.push_back(1);
      sums.products.push_back(weight);
      sums.errors.push_back(4);
    }
  }
  const double error = std::sqrt((0.16 + 0.16 + 0.04 + 0.04) / 3 / 4);
  EXPECT_NEAR(weights_of(sums).pooled[0], 0.8 - 1.645 * error, 1e-12);
  EXPECT_NEAR(weights_of(sums).entities[7][0], 0.8 - 1.645 * error, 1e-12);
  sums.years = 1;  // the same as 400 wells that are independent: no well differs from another
  for (double& product : sums.products) product = 0.8;
  EXPECT_NEAR(weights_of(sums).pooled[0], 0.8, 1e-12);
}

// 20 wells that would keep 1.2 of the correction, but for some, where it is the wrong way round.
TEST(LeadWeights, WhatHelpsAtFewerThanThreeOfFourWellsIsNotKept) {
  for (const std::size_t worse : {5UL, 6UL}) {
    LeadSums sums;
    sums.leads = 1;
    for (std::size_t e = 0; e < 20; ++e) {
      sums.squares.push_back(1);
      sums.products.push_back(e < worse ? -0.1 : 1.2);
      sums.errors.push_back(4);
    }
    const LeadWeights weights = weights_of(sums);
    EXPECT_NEAR(weights.share_better[0], 1 - static_cast<double>(worse) / 20, 1e-12);
    EXPECT_EQ(weights.pooled[0] > 0, worse == 5);
    EXPECT_EQ(weights.entities[19][0] > 0, worse == 5);
  }
}

TEST(Forecast, TrainingSeesNoLevelOfTheTestPeriod) {
  const learn::SeriesSet set = series_of(make_prepared(), make_task(), 0, true);
  const learn::Series& series = set.entities[0];
  for (std::size_t t = 80; t < 120; ++t) {
    EXPECT_TRUE(std::isnan(series.targets[t]));
    EXPECT_EQ(series.past[t], series.past[79]);  // what was known last
  }
}

TEST(Forecast, ThePastLevelIsTheOneKnownLast) {
  const learn::SeriesSet set = series_of(make_prepared(), make_task(), 1, false);
  const std::vector<float>& past = set.entities[0].past;
  for (std::size_t t = 0; t < 120; ++t) {
    if (t % 3 == 1) {
      EXPECT_EQ(past[t], past[t - 1]) << t;
    }
  }
  EXPECT_TRUE(set.targets.front().anchored_by_lead);
  TaskParams plain = make_task();
  plain.forecast.target = ForecastTarget::change;
  EXPECT_EQ(series_of(make_prepared(), plain, 1, false).targets.front().anchor, kPastLevel);
  plain.forecast.target = ForecastTarget::level;
  EXPECT_EQ(series_of(make_prepared(), plain, 1, false).targets.front().anchor, "");
}

// A forecast that is off by 0.1 at lead 1, 0.2 at lead 2, for the file and for the scores.
LeadForecasts made_up(const Prepared& prepared) {
  LeadForecasts f;
  f.axis = core::TimeAxis(prepared.panel.axis.start(80), prepared.panel.axis.step(), 40);
  f.wells = prepared.panel.entities;
  f.leads = 2;
  for (std::size_t e = 0; e < 2; ++e) {
    for (std::size_t lead = 1; lead <= 2; ++lead) {
      for (std::size_t t = 80; t < 120; ++t) {
        const double level = std::sin(0.2 * static_cast<double>(t)) + 5 + 0.1 * static_cast<double>(lead);
        f.level.push_back(t == 85 ? std::nan("") : level);
        f.lower.push_back(level - 0.15);
        f.upper.push_back(level + 0.15);
      }
    }
  }
  return f;
}

TEST(Forecast, LeadsAreScoredEachByItselfBesidePersistence) {
  const Prepared prepared = make_prepared();
  stats::MetricTable table;
  score_leads(prepared, {.model = "lstm"}, made_up(prepared), table);
  const auto value = [&](const std::string& well, std::size_t lead, const std::string& metric,
                         const std::string& model) {
    for (const stats::MetricRow& row : table) {
      if (row.entity == well && row.period == lead_period(lead) && row.metric == metric && row.model == model)
        return row.value;
    }
    return std::nan("");
  };
  EXPECT_NEAR(value("A", 1, "RMSE", "lstm"), 0.1, 1e-12);
  EXPECT_NEAR(value("A", 2, "RMSE", "lstm"), 0.2, 1e-12);
  EXPECT_EQ(value("A", 1, "n", "lstm"), 39);
  EXPECT_EQ(value("A", 1, "coverage_90", "lstm"), 1);
  EXPECT_EQ(value("A", 2, "coverage_90", "lstm"), 0);
  // Simple models are scored on the steps that were forecast: not on day 85.
  double sum = 0;
  for (std::size_t t = 80; t < 120; ++t) {
    if (t == 85) continue;
    sum += std::pow(std::sin(0.2 * static_cast<double>(t)) - std::sin(0.2 * static_cast<double>(t - 2)), 2);
  }
  EXPECT_EQ(value("A", 2, "n", "persistence"), 39);
  EXPECT_NEAR(value("A", 2, "RMSE", "persistence"), std::sqrt(sum / 39), 1e-12);
  EXPECT_NEAR(value("all", 2, "RMSE_median", "lstm"), 0.2, 1e-12);
}

TEST(Forecast, TheFileHoldsWhatWasWritten) {
  const LeadForecasts f = made_up(make_prepared());
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("phreatic_leads_" + std::to_string(getpid()) + ".nc");
  write_forecasts(f, path);
  const LeadForecasts again = read_forecasts(path);
  std::filesystem::remove(path);
  EXPECT_EQ(again.axis, f.axis);
  EXPECT_EQ(again.wells, f.wells);
  EXPECT_EQ(again.leads, f.leads);
  const auto same = [](const std::vector<double>& a, const std::vector<double>& b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](double x, double y) {
             return x == y || (std::isnan(x) && std::isnan(y));
           });
  };
  EXPECT_TRUE(same(again.level, f.level));
  EXPECT_TRUE(same(again.lower, f.lower));
  EXPECT_TRUE(same(again.upper, f.upper));
}

}  // namespace
}  // namespace phreatic::hydrographs
