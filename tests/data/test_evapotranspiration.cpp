// SPDX-License-Identifier: BSD-3-Clause
// Against pyet 1.3.1 (tests/reference/data/evapotranspiration_sea_level.py) and pyet 1.4.0
// (evapotranspiration_at_350_m.py).
#include "phreatic/data/series/evapotranspiration.hpp"

#include <gtest/gtest.h>

#include <array>

namespace phreatic::data {
namespace {

struct Case {
  int day_of_year;
  DayWeather day;
  double top, penman, makkink, hargreaves;
};

// Temperature, range, radiation, wind, humidity at 45.5 degrees north on four days of 2011.
const std::array<Case, 4> kCases = {{
    {15, {-18.5, 11.0, 6.2, 2.6, 66.0}, 11.62432448, 0.27369591, 0.24177065, 0.0},
    {100, {7.25, 14.0, 18.4, 4.1, 48.0}, 31.78360008, 3.37289927, 2.45062408, 2.75849106},
    {187, {22.4, 9.5, 22.07, 2.078, 73.5}, 41.35402004, 4.45401021, 4.1578349, 4.81395315},
    {293, {5.1, 12.5, 10.3, 3.3, 58.0}, 18.17968912, 1.80990385, 1.28099211, 1.36015077},
}};

TEST(Evapotranspiration, AgreesWithPyet) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.day_of_year);
    EXPECT_NEAR(extraterrestrial_radiation(45.5, c.day_of_year), c.top, 2e-3 * c.top);
    EXPECT_NEAR(penman_monteith_mm(c.day, c.top), c.penman, 2e-3);
    EXPECT_NEAR(makkink_mm(c.day), c.makkink, 2e-3);
    EXPECT_NEAR(hargreaves_mm(c.day, c.top), c.hargreaves, 2e-3);
  }
}

struct HighCase {
  int day_of_year;
  double high, low, radiation, humidity, wind, oudin, hargreaves, makkink, penman;
};

const std::array<HighCase, 4> kHighCases = {{
    {15, 1.5, -6.5, 2.9, 88, 3.1, 0.08387247, 0.33392096, 0.2772967, 0.29531669},
    {100, 14.2, 3.1, 14.8, 65, 2.5, 1.6390531, 2.4337468, 2.0948534, 2.3361562},
    {187, 21.5, 12.3, 22.07, 70.5558, 2.078, 3.656234, 4.0414861, 3.8109897, 3.9106028},
    {304, 12, 5.5, 5.1, 85, 4.2, 0.6911709, 0.78258548, 0.72392163, 0.85087049},
}};

// Half a per cent: the pressure of the air at an elevation is rounded differently.
TEST(Evapotranspiration, AgreesWithPyetAtAnElevation) {
  for (const HighCase& c : kHighCases) {
    SCOPED_TRACE(c.day_of_year);
    const double top = extraterrestrial_radiation(50.8, c.day_of_year);
    const DayWeather day{0.5 * (c.high + c.low), c.high - c.low, c.radiation, c.wind, c.humidity, 350};
    EXPECT_NEAR(hargreaves_mm(day, top), c.hargreaves, 5e-3 * c.hargreaves);
    EXPECT_NEAR(makkink_mm(day), c.makkink, 5e-3 * c.makkink);
    EXPECT_NEAR(penman_monteith_mm(day, top), c.penman, 5e-3 * c.penman);
    EXPECT_NEAR(oudin_mm(day, top), c.oudin, 5e-3 * c.oudin);
  }
}

TEST(Evapotranspiration, WorkedExampleOfFao56) {
  // FAO-56 example 8: 20 degrees south, 3 September (day 246): 32.2 MJ/m2/d.
  EXPECT_NEAR(extraterrestrial_radiation(-20.0, 246), 32.2, 0.05);
}

TEST(Evapotranspiration, WorkedExamplesOfFao56ForDays) {
  // Example 18: Uccle, 100 m, 6 July: 21.5 and 12.3 degC, 2.078 m/s, 22.07 MJ/m2/d, vapour pressure 1.409 of 1.997 kPa:
  // 3.88 mm/d.
  const DayWeather uccle{16.9, 9.2, 22.07, 2.078, 100 * 1.409 / 1.997, 100};
  EXPECT_NEAR(penman_monteith_mm(uccle, extraterrestrial_radiation(50.8, 187)), 3.88, 0.03);
}

TEST(Evapotranspiration, OudinStopsAtFiveDegreesBelowZero) {
  EXPECT_GT(oudin_mm({.temperature_degC = -4.9}, 24.5), 0);
  EXPECT_EQ(oudin_mm({.temperature_degC = -5}, 24.5), 0);
  EXPECT_EQ(oudin_mm({.temperature_degC = -20}, 24.5), 0);
}

TEST(Evapotranspiration, IsNeverNegative) {
  const DayWeather polar{-40.0, 5.0, 0.5, 1.0, 95.0};
  EXPECT_GE(penman_monteith_mm(polar, 3.0), 0.0);
  EXPECT_GE(hargreaves_mm(polar, 3.0), 0.0);
}

}  // namespace
}  // namespace phreatic::data
