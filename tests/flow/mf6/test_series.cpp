// SPDX-License-Identifier: BSD-3-Clause
// Values of a step against integrals worked out by hand.
#include <gtest/gtest.h>

#include <random>

#include "phreatic/flow/mf6/text/series.hpp"
#include "small_model.hpp"

namespace {

using namespace phreatic;
using namespace phreatic::flow::mf6;

const std::vector<double> kTimes = {0, 10, 20, 40};
const std::vector<double> kValues = {1, 3, 2, 6};

double value(SeriesMethod method, double t0, double t1) {
  const auto v = step_value({.method = method, .times = kTimes, .values = kValues}, t0, t1);
  EXPECT_TRUE(v.has_value());
  return v.value_or(-999);
}

TEST(Series, StepwiseIsTheMeanOfWhatHolds) {
  EXPECT_DOUBLE_EQ(value(SeriesMethod::stepwise, 0, 10), 1);
  EXPECT_DOUBLE_EQ(value(SeriesMethod::stepwise, 5, 15), 0.5 * 1 + 0.5 * 3);
  EXPECT_DOUBLE_EQ(value(SeriesMethod::stepwise, 8, 28), (2 * 1.0 + 10 * 3.0 + 8 * 2.0) / 20);
  EXPECT_DOUBLE_EQ(value(SeriesMethod::stepwise, 35, 60), (5 * 2.0 + 20 * 6.0) / 25)
      << "the last value goes on";
  EXPECT_DOUBLE_EQ(value(SeriesMethod::stepwise, 50, 60), 6);
  EXPECT_DOUBLE_EQ(value(SeriesMethod::stepwise, 10, 10), 3) << "a step of no length";
}

TEST(Series, LinearIsTheMeanOfTheLine) {
  EXPECT_DOUBLE_EQ(value(SeriesMethod::linear, 0, 10), 2);
  EXPECT_DOUBLE_EQ(value(SeriesMethod::linear, 5, 10), 2.5);
  // 5..10: mean 2.5; 10..20: mean 2.5; 20..30: from 2 to 4, mean 3
  EXPECT_DOUBLE_EQ(value(SeriesMethod::linear, 5, 30), (5 * 2.5 + 10 * 2.5 + 10 * 3.0) / 25);
  EXPECT_DOUBLE_EQ(value(SeriesMethod::linear, 20, 20), 2);
}

TEST(Series, LinearEndIsTheLineAtTheEnd) {
  EXPECT_DOUBLE_EQ(value(SeriesMethod::linearend, 0, 5), 2);
  EXPECT_DOUBLE_EQ(value(SeriesMethod::linearend, 5, 30), 4);
  EXPECT_DOUBLE_EQ(value(SeriesMethod::linearend, 0, 40), 6);
}

TEST(Series, WhatIsNotCoveredHasNoValue) {
  EXPECT_TRUE(step_weights({5, 10}, SeriesMethod::stepwise, 0, 10).empty());
  EXPECT_TRUE(step_weights({0, 10}, SeriesMethod::linear, 5, 11).empty());
  EXPECT_TRUE(step_weights({0, 10}, SeriesMethod::linearend, 5, 11).empty());
  EXPECT_FALSE(step_weights({0, 10}, SeriesMethod::linear, 5, 10 * (1 + 1e-12)).empty())
      << "rounding of the step's end";
}

// Against a fine midpoint sum of the interpolated values, for random series.
TEST(Series, RandomSeriesAgreeWithAFineSum) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int trial = 0; trial < 100; ++trial) {
    std::vector<double> times{0}, values{uniform(random)};
    for (int i = 0; i < 8; ++i) {
      times.push_back(times.back() + 0.1 + uniform(random));
      values.push_back(uniform(random) * 10 - 5);
    }
    const double t0 = uniform(random) * times.back() * 0.8;
    const double t1 = t0 + uniform(random) * (times.back() - t0);
    constexpr int kParts = 20000;
    double stepwise = 0, linear = 0;
    for (int i = 0; i < kParts; ++i) {
      const double t = t0 + (i + 0.5) * (t1 - t0) / kParts;
      const auto k =
          static_cast<std::size_t>(std::upper_bound(times.begin(), times.end(), t) - times.begin()) - 1;
      stepwise += values[k] / kParts;
      linear +=
          (values[k] + (values[k + 1] - values[k]) * (t - times[k]) / (times[k + 1] - times[k])) / kParts;
    }
    EXPECT_NEAR(*step_value({.method = SeriesMethod::stepwise, .times = times, .values = values}, t0, t1),
                stepwise, 6e-3);
    EXPECT_NEAR(*step_value({.method = SeriesMethod::linear, .times = times, .values = values}, t0, t1),
                linear, 1e-5);
  }
}

TEST(Series, FilesWithSeveralSeriesFactorsAndGaps) {
  small_model::Folder folder;
  folder.put("s.ts",
             "BEGIN ATTRIBUTES\n NAMES a B\n METHODS stepwise linear\n SFACS 2 10\nEND ATTRIBUTES\n"
             "BEGIN TIMESERIES\n 0 1 1\n 5 3.0E30 2\n 10 4, 3\nEND TIMESERIES\n");
  core::Problems problems;
  Context context(folder.path(), problems);
  SeriesSet set;
  set.read(context, "s.ts", {"m.wel", 1});
  ASSERT_TRUE(problems.empty()) << problems.items()[0].text();
  ASSERT_EQ(set.find("A"), 0);
  ASSERT_EQ(set.find("b"), 1);
  EXPECT_EQ(set[0].times, (std::vector<double>{0, 10})) << "3.0E30 is no value";
  EXPECT_EQ(set[0].values, (std::vector<double>{2, 8}));
  EXPECT_EQ(set[1].values, (std::vector<double>{10, 20, 30}));
}

}  // namespace
