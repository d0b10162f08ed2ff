// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/explain/windows.hpp"

namespace phreatic::explain {
namespace {

core::Seconds day(int year, int month, int d) {
  return core::days_from_civil({year, month, d}) * core::kSecondsPerDay;
}

TEST(Windows, SlicesOfSeries) {
  std::vector<float> series(2 * 6 * 3);  // 2 entities, 6 times, 3 features
  std::iota(series.begin(), series.end(), 0.0F);
  const std::vector<float> statics{7, 8, 9, 10};
  const SeriesWindows windows(series, 2, 6, 3, 2, {{0, 1}, {1, 5}}, statics);
  std::vector<float> x(6), s(2);
  windows.inputs(0, x);
  EXPECT_EQ(x, (std::vector<float>{0, 1, 2, 3, 4, 5}));
  windows.inputs(1, x);
  EXPECT_EQ(x, (std::vector<float>{30, 31, 32, 33, 34, 35}));
  windows.static_inputs(1, s);
  EXPECT_EQ(s, (std::vector<float>{9, 10}));
}

TEST(References, EveryChoice) {
  std::vector<WindowId> training;
  for (int year = 2001; year <= 2004; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (std::size_t well = 0; well < 2; ++well) training.push_back({well, day(year, month, 15)});
    }
  }
  const std::vector<WindowId> explained{{0, day(2010, 1, 3)}, {1, day(2010, 7, 1)}, {1, day(2011, 7, 2)}};
  const auto all = choose_references(training, explained, ReferenceChoice::all_training);
  ASSERT_EQ(all.groups.size(), 1U);
  EXPECT_EQ(all.groups[0].size(), 96U);
  const auto well = choose_references(training, explained, ReferenceChoice::same_entity);
  EXPECT_EQ(well.groups.size(), 2U);
  EXPECT_EQ(well.group_of, (std::vector<std::uint32_t>{0, 1, 1}));
  for (const auto i : well.groups[1]) EXPECT_EQ(training[i].entity, 1U);
  EXPECT_EQ(well.groups[1].size(), 48U);
  const auto season = choose_references(training, explained, ReferenceChoice::same_season, 30);
  ASSERT_EQ(season.groups.size(), 2U);
  // Around 8 January: mid-December and mid-January of four years.
  EXPECT_EQ(season.groups[0].size(), 8U);
  for (const auto i : season.groups[0]) {
    const int month = core::month_of(training[i].time);
    EXPECT_TRUE(month == 12 || month == 1) << month;
    EXPECT_EQ(training[i].entity, 0U);
  }
  EXPECT_EQ(season.groups[1].size(), 8U);  // June and July
}

// Whole years: the same day of every training year, 31 December of a leap year going with the 365th day.
TEST(References, SameDayOfOtherYears) {
  std::vector<WindowId> training;
  for (core::Seconds t = day(2001, 1, 1); t < day(2005, 1, 1); t += core::kSecondsPerDay) {
    for (std::size_t well = 0; well < 2; ++well) training.push_back({well, t});
  }
  const std::vector<WindowId> explained{{0, day(2010, 1, 3)}, {1, day(2010, 12, 31)}, {0, day(2011, 1, 3)}};
  const auto same = choose_references(training, explained, ReferenceChoice::same_day);
  EXPECT_EQ(same.group_of, (std::vector<std::uint32_t>{0, 1, 0}));
  ASSERT_EQ(same.groups[0].size(), 4U);
  for (const auto i : same.groups[0]) {
    EXPECT_EQ(training[i].entity, 0U);
    EXPECT_EQ(core::day_of_year(training[i].time), 3);
  }
  EXPECT_EQ(same.groups[1].size(), 5U);  // 2004 has a 365th and a 366th day
}

TEST(References, NoneIsAnError) {
  const std::vector<WindowId> training{{0, day(2001, 1, 15)}}, explained{{1, day(2010, 1, 3)}};
  EXPECT_THROW(choose_references(training, explained, ReferenceChoice::same_entity), core::InputError);
  EXPECT_NO_THROW(choose_references(training, explained, ReferenceChoice::all_training));
}

}  // namespace
}  // namespace phreatic::explain
