// SPDX-License-Identifier: BSD-3-Clause
// Against pyet 1.3.1 (tests/reference/basin/evapotranspiration.py).
#include "phreatic/basin/evapotranspiration.hpp"

#include <gtest/gtest.h>

#include <array>

namespace phreatic::basin {
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

TEST(Evapotranspiration, WorkedExampleOfFao56) {
  // FAO-56 example 8: 20 degrees south, 3 September (day 246): 32.2 MJ/m2/d.
  EXPECT_NEAR(extraterrestrial_radiation(-20.0, 246), 32.2, 0.05);
}

TEST(Evapotranspiration, IsNeverNegative) {
  const DayWeather polar{-40.0, 5.0, 0.5, 1.0, 95.0};
  EXPECT_GE(penman_monteith_mm(polar, 3.0), 0.0);
  EXPECT_GE(hargreaves_mm(polar, 3.0), 0.0);
}

}  // namespace
}  // namespace phreatic::basin
