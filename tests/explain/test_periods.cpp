// SPDX-License-Identifier: BSD-3-Clause
// Freeze-thaw periods against analytic winters; seasons against hand-made rain.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "phreatic/explain/periods.hpp"

namespace phreatic::explain {
namespace {

core::Seconds day(int year, int month, int d) {
  return core::days_from_civil({year, month, d}) * core::kSecondsPerDay;
}

core::TimeAxis daily(int year, std::size_t days) { return {day(year, 1, 1), {core::StepUnit::day, 1}, days}; }

// T = a - b cos(2 pi (day of axis + 1/2 - coldest) / 365.25): a winter that starts and ends at analytic
// dates.
std::vector<double> sine(std::size_t days, double a, double b, double coldest) {
  std::vector<double> t(days);
  for (std::size_t i = 0; i < days; ++i) {
    t[i] = a - b * std::cos(2 * std::numbers::pi * (static_cast<double>(i) + 0.5 - coldest) / 365.25);
  }
  return t;
}

TEST(Periods, FreezingOfASineRunsBetweenItsZeros) {
  const auto axis = daily(2001, 3 * 365);
  const double a = 3, b = 20, coldest = 15;
  const auto t = sine(axis.size(), a, b, coldest);
  const auto periods = freeze_thaw_periods(axis, t, {});
  // Below zero where cos > a / b: half a width of acos(a / b) days around the coldest day.
  const double half = 365.25 / (2 * std::numbers::pi) * std::acos(a / b);
  ASSERT_EQ(periods.size(), 4U);  // winters 2001-02 and 2002-03; 2000-01 is cut
  for (int winter = 0; winter < 2; ++winter) {
    const Period& freezing = periods[static_cast<std::size_t>(2 * winter)];
    EXPECT_EQ(freezing.name, "freezing");
    EXPECT_EQ(freezing.year, 2002 + winter);
    const double middle = coldest + 365.25 * (winter + 1);
    const auto start = static_cast<double>((freezing.start - axis.start(0)) / core::kSecondsPerDay);
    const auto end = static_cast<double>((freezing.end - axis.start(0)) / core::kSecondsPerDay);
    EXPECT_NEAR(start, middle - half, 1);
    EXPECT_NEAR(end, middle + half, 1);
  }
}

// Constant frost -T1 for n1 days, then constant +T2: thaw lasts until k_t T2 n = k_f T1 n1.
TEST(Periods, ThawEndsWhenStefanDepthsMeet) {
  const auto axis = daily(2001, 2 * 365);
  std::vector<double> t(axis.size(), 20.0);
  const auto first = static_cast<std::size_t>((day(2001, 12, 1) - axis.start(0)) / core::kSecondsPerDay);
  for (std::size_t i = first; i < first + 90; ++i) t[i] = -10;
  FrostParams p;
  p.frozen_conductivity = 2;
  p.thawed_conductivity = 1;
  p.water_content = 0.25;
  const auto depth = frost_depth_m(axis, t, p);
  // Z = sqrt(2 k F / (L theta)), F = 900 K d
  EXPECT_NEAR(depth[first + 89], std::sqrt(2 * 2 * 900 * 86400.0 / (3.34e8 * 0.25)), 1e-12);
  const auto periods = freeze_thaw_periods(axis, t, p);
  ASSERT_EQ(periods.size(), 2U);
  EXPECT_EQ(periods[0].start, axis.start(first));
  EXPECT_EQ(periods[0].end, axis.start(first + 90));
  EXPECT_EQ(periods[1].name, "thawing");
  EXPECT_EQ(periods[1].start, periods[0].end);
  // 2 * 900 K d of thaw at 20 K a day = 90 days.
  EXPECT_NEAR(static_cast<double>((periods[1].end - periods[1].start) / core::kSecondsPerDay), 90, 1);
}

TEST(Periods, ThawMayRefreezeBeforeItGoesOn) {
  const auto axis = daily(2001, 100);
  std::vector<double> t(100, -5.0);
  FrostParams p;
  p.frozen_conductivity = p.thawed_conductivity = 1;
  for (std::size_t i = 20; i < 25; ++i) t[i] = 5;  // thaws a quarter of the index; the next 5 refreeze it
  const auto depth = frost_depth_m(axis, t, p);
  EXPECT_DOUBLE_EQ(depth[19], depth[24]);
  EXPECT_DOUBLE_EQ(depth[19], depth[29]);
  EXPECT_GT(depth[30], depth[29]);
}

TEST(Periods, MildOrGappyWintersHaveNone) {
  const auto axis = daily(2001, 3 * 365);
  EXPECT_TRUE(freeze_thaw_periods(axis, sine(axis.size(), 12, 8, 15), {}).empty());
  auto t = sine(axis.size(), 3, 20, 15);
  t[365 + 10] = std::nan("");  // January 2002
  const auto periods = freeze_thaw_periods(axis, t, {});
  ASSERT_EQ(periods.size(), 2U);
  EXPECT_EQ(periods[0].year, 2003);
  EXPECT_TRUE(std::isnan(frost_depth_m(axis, t, {})[365 + 11]));
}

TEST(Periods, MildWintersAreTheHalfWithTheLeastFrost) {
  // Whole winters 2001/02 to 2006/07, each of one hundred days of frost from 1 December, colder or milder by turns.
  const auto axis = daily(2001, 7 * 365 + 1);
  const double frost[] = {-8, -2, -6, -1, -9, -3};
  std::vector<double> t(axis.size(), 10);
  for (int winter = 0; winter < 6; ++winter) {
    for (std::size_t d = 0; d < 100; ++d) t[*axis.index_of(day(2001 + winter, 12, 1)) + d] = frost[winter];
  }
  const auto mild = in_mild_winters(axis, t, {}, 0, axis.size());
  for (int winter = 0; winter < 6; ++winter) {
    const bool expected = winter % 2 == 1;
    EXPECT_EQ(mild[*axis.index_of(day(2001 + winter, 8, 1))], expected) << winter;
    EXPECT_EQ(mild[*axis.index_of(day(2002 + winter, 7, 31))], expected) << winter;
  }
  EXPECT_FALSE(mild[0]);  // the winter that the axis cuts

  // Only whole winters of the range count: of 2001/02 and 2002/03 the milder one.
  const auto few = in_mild_winters(axis, t, {}, 0, *axis.index_of(day(2003, 8, 1)));
  EXPECT_FALSE(few[*axis.index_of(day(2002, 1, 1))]);
  EXPECT_TRUE(few[*axis.index_of(day(2003, 1, 1))]);
  EXPECT_FALSE(few[*axis.index_of(day(2005, 1, 1))]);
  EXPECT_TRUE(in_mild_winters(axis, t, {}, 0, *axis.index_of(day(2003, 7, 31))).empty());
  // A winter with a gap does not count.
  t[*axis.index_of(day(2003, 1, 1))] = std::nan("");
  EXPECT_TRUE(in_mild_winters(axis, t, {}, 0, *axis.index_of(day(2003, 8, 1))).empty());
}

TEST(Periods, WetSeasonIsTheWettestRunOfMonths) {
  const auto axis = daily(2001, 4 * 365);
  std::vector<double> rain(axis.size(), 1.0);
  for (std::size_t i = 0; i < axis.size(); ++i) {
    const int month = core::month_of(axis.start(i));
    if (month >= 11 || month <= 2) rain[i] = 5;
    if (month == 6) rain[i] = 6;  // wetter, but alone
  }
  const auto periods = wet_dry_periods(axis, rain);
  ASSERT_FALSE(periods.empty());
  for (const Period& p : periods) {
    EXPECT_EQ(core::month_of(p.start), p.name == "wet" ? 11 : 3);
    EXPECT_EQ(core::month_of(p.end - 1), p.name == "wet" ? 2 : 10);
  }
  EXPECT_EQ(periods.front().name, "dry");  // March 2001; the winter before is cut
  EXPECT_TRUE(wet_dry_periods(axis, std::vector<double>(axis.size(), 2.0)).empty());
}

TEST(Periods, MonthsUnderOneName) {
  const auto axis = daily(2001, 2 * 365);
  const auto summer = monthly_periods(axis, "pumping", 5, 8);
  ASSERT_EQ(summer.size(), 2U);
  EXPECT_EQ(summer[0].start, day(2001, 5, 1));
  EXPECT_EQ(summer[0].end, day(2001, 9, 1));
  const auto autumn = monthly_periods(axis, "late", 10, 12);
  ASSERT_EQ(autumn.size(), 2U);
  EXPECT_EQ(autumn[1].end, day(2003, 1, 1));
  EXPECT_EQ(autumn[1].year, 2002);
  const std::vector<core::Seconds> times{day(2001, 4, 30), day(2001, 5, 1), day(2002, 8, 31)};
  EXPECT_EQ(period_of(times, summer), (std::vector<int>{-1, 0, 1}));
}

}  // namespace
}  // namespace phreatic::explain
