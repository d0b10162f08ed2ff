// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <chrono>

#include "phreatic/core/calendar.hpp"

namespace phreatic::core {
namespace {

TEST(Calendar, CivilDaysAgreeWithTheStandardLibrary) {
  for (std::int64_t day = -200000; day < 200000; day += 37) {
    const std::chrono::year_month_day expected{std::chrono::sys_days{std::chrono::days{day}}};
    const CivilDate date = civil_from_days(day);
    EXPECT_EQ(date.year, static_cast<int>(expected.year()));
    EXPECT_EQ(date.month, static_cast<int>(static_cast<unsigned>(expected.month())));
    EXPECT_EQ(date.day, static_cast<int>(static_cast<unsigned>(expected.day())));
    EXPECT_EQ(days_from_civil(date), day);
  }
}

TEST(Calendar, ReadsTheDateFormsOfTheField) {
  const Seconds day = days_from_civil({2001, 12, 31}) * kSecondsPerDay;
  EXPECT_EQ(parse_date("2001-12-31", DateOrder::iso), day);
  EXPECT_EQ(parse_date("20011231", DateOrder::iso), day);
  EXPECT_EQ(parse_date("2001-12-31 07:01:00", DateOrder::iso), day + 7 * 3600 + 60);
  EXPECT_EQ(parse_date("2001-12-31T00:00:00Z", DateOrder::iso), day);
  EXPECT_EQ(parse_date("31.12.2001 00:00:00", DateOrder::day_first), day);
  EXPECT_EQ(parse_date("31/12/2001", DateOrder::day_first), day);
  EXPECT_EQ(parse_date("12/31/2001", DateOrder::month_first), day);
}

TEST(Calendar, RefusesWhatIsNotADate) {
  for (const char* text : {"", "2001", "2001-13-01", "2001-02-29", "2001-12-31x", "31.12.2001", "2001-12/31",
                           "abc", "2001-12-31 25:00"}) {
    EXPECT_FALSE(parse_date(text, DateOrder::iso)) << text;
  }
  EXPECT_FALSE(parse_date("12/31/2001", DateOrder::day_first));
}

TEST(Calendar, StepsRoundTrip) {
  for (const char* text : {"hourly", "daily", "5-day", "10-day", "weekly", "monthly", "3-hour"}) {
    const auto step = parse_step(text);
    ASSERT_TRUE(step) << text;
    EXPECT_EQ(format_step(*step), text);
  }
  EXPECT_FALSE(parse_step("fortnightly"));
  EXPECT_FALSE(parse_step("0-day"));
}

TEST(TimeAxis, MonthsFollowTheCalendar) {
  const TimeAxis axis(*parse_date("1999-11-17", DateOrder::iso), {StepUnit::month, 1}, 5);
  EXPECT_EQ(format_date(axis.start(0)), "1999-11-01");
  EXPECT_EQ(format_date(axis.start(4)), "2000-03-01");
  EXPECT_EQ(axis.index_of(*parse_date("2000-02-29", DateOrder::iso)), 3U);
  EXPECT_FALSE(axis.index_of(*parse_date("2000-04-01", DateOrder::iso)));
}

TEST(TimeAxis, LowerBoundIsTheFirstStepNotBefore) {
  const TimeAxis axis(0, {StepUnit::day, 7}, 10);
  EXPECT_EQ(axis.lower_bound(-5), 0U);
  EXPECT_EQ(axis.lower_bound(1), 1U);
  EXPECT_EQ(axis.lower_bound(7 * kSecondsPerDay), 1U);
  EXPECT_EQ(axis.lower_bound(1000 * kSecondsPerDay), 10U);
}

}  // namespace
}  // namespace phreatic::core
