// SPDX-License-Identifier: BSD-3-Clause
// The representative year of made-up weather, and what is wrong with its table.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/series/evapotranspiration.hpp"
#include "phreatic/studies/recharge/scenarios/representative_year.hpp"

namespace phreatic::studies::recharge {
namespace {

// Years of a constant surplus a day, from 1 April 2000 on.
DailySurplus years_of(const std::vector<double>& mm_per_day) {
  DailySurplus out;
  const std::int64_t first = core::days_from_civil({2000, 4, 1});
  out.first = first * core::kSecondsPerDay;
  for (std::size_t y = 0; y < mm_per_day.size(); ++y) {
    const int year = 2000 + static_cast<int>(y);
    const std::int64_t days = core::days_from_civil({year + 1, 4, 1}) - core::days_from_civil({year, 4, 1});
    out.surplus_mm.insert(out.surplus_mm.end(), static_cast<std::size_t>(days), mm_per_day[y]);
  }
  return out;
}

TEST(RepresentativeYear, OfYearsOfConstantSurplusIsTheMiddleOne) {
  // Cumulative sums keep their order on every day: 2004 is the median, 2000 and 2001 are the extremes.
  const auto year = representative_year(years_of({-1, 3, 0.8, 0.2, 0.5}), {}, "study.yml");
  ASSERT_EQ(year.years.size(), 5U);
  EXPECT_EQ(core::format_date(year.years[year.best].first), "2004-04-01");
  EXPECT_NEAR(year.years[year.best].share_within, 1, 1e-12);
  EXPECT_NEAR(year.median[99], 50, 1e-9);
  EXPECT_NEAR(year.low[99], 20, 1e-9);  // the second of five is the 25 % quantile
  EXPECT_NEAR(year.high[99], 80, 1e-9);
  EXPECT_EQ(year.years[0].share_within, 0);
  EXPECT_EQ(year.incomplete, 1U);  // what begins on 1 April 2005
  EXPECT_EQ(year_table(year).columns.size(), 8U);
}

TEST(RepresentativeYear, OfAYearWithAGapIsNotTaken) {
  DailySurplus surplus = years_of({-1, 3, 0.8, 0.2, 0.5, 0.5});
  surplus.surplus_mm[4 * 365 + 100] = std::numeric_limits<double>::quiet_NaN();  // in 2004
  const auto year = representative_year(surplus, {}, "study.yml");
  EXPECT_EQ(core::format_date(year.years[year.best].first), "2005-04-01");
}

TEST(RepresentativeYear, NeedsFiveCompleteYears) {
  try {
    representative_year(years_of({1, 1, 1, 1}), {}, "study.yml");
    FAIL() << "nothing was refused";
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("has 4 complete years"), std::string::npos) << error.what();
  }
}

class Weather : public ::testing::Test {
 protected:
  std::filesystem::path file = std::filesystem::temp_directory_path() /
                               ("phreatic-test-recharge-weather-" + std::to_string(::getpid()) + ".csv");
  void TearDown() override { std::filesystem::remove(file); }
  DailySurplus read(const std::string& text) const {
    core::write_file_atomic(file, text);
    YearParams params;
    params.weather = file.string();
    return read_surplus(params, "study.yml");
  }
  std::string told(const std::string& text) const {
    try {
      read(text);
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "nothing was refused";
  }
};

TEST_F(Weather, GivesPrecipitationLessEvapotranspirationAndKeepsGaps) {
  const auto given =
      read("date,precipitation_mm,evapotranspiration_mm\n2001-01-01,5,1\n2001-01-02,,1\n2001-01-04,2,3\n");
  ASSERT_EQ(given.surplus_mm.size(), 4U);
  EXPECT_EQ(given.surplus_mm[0], 4);
  EXPECT_TRUE(std::isnan(given.surplus_mm[1]));
  EXPECT_TRUE(std::isnan(given.surplus_mm[2]));
  EXPECT_EQ(given.surplus_mm[3], -1);
  const auto makkink =
      read("date,precipitation_mm,temperature_degC,radiation_mj_m2\n2001-07-01,5,16.2,17.6\n");
  data::DayWeather day;
  day.temperature_degC = 16.2;
  day.radiation_mj_m2 = 17.6;
  EXPECT_NEAR(makkink.surplus_mm[0], 5 - data::makkink_mm(day), 1e-12);
  EXPECT_EQ(makkink.evapotranspiration, "Makkink");
}

TEST_F(Weather, IsRefusedWithEverythingThatIsWrong) {
  const std::string all = told("date,rain\n2001-01-01,5\n");
  EXPECT_NE(all.find("precipitation_mm"), std::string::npos) << all;
  EXPECT_NE(all.find("from which Makkink's is computed"), std::string::npos) << all;
  const std::string order =
      told("date,precipitation_mm,evapotranspiration_mm\n2001-01-02,5,1\n2001-01-01,5,-999\n");
  EXPECT_NE(order.find("does not come after the line before"), std::string::npos) << order;
  EXPECT_NE(order.find("has the value -999 mm"), std::string::npos) << order;
}

}  // namespace
}  // namespace phreatic::studies::recharge
