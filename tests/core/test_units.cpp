// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "phreatic/core/units.hpp"

namespace phreatic::core {
namespace {

double convert(double value, const char* from, const char* to) {
  const auto unit = conversion(from, to);
  return unit ? value * unit->factor + unit->offset : -12345.0;
}

TEST(Units, ConvertsBetweenUnitsOfOneDimension) {
  EXPECT_DOUBLE_EQ(convert(100, "ft", "m"), 30.48);
  EXPECT_NEAR(convert(32, "degF", "degC"), 0, 1e-12);
  EXPECT_NEAR(convert(212, "degF", "degC"), 100, 1e-12);
  EXPECT_DOUBLE_EQ(convert(0, "K", "degC"), -273.15);
  EXPECT_NEAR(convert(10, "degC", "degF"), 50, 1e-12);
  EXPECT_DOUBLE_EQ(convert(0.001, "m/d", "mm/d"), 1);
  EXPECT_NEAR(convert(1, "ft3/s", "m3/s"), 0.028316846592, 1e-15);
}

TEST(Units, RefusesOtherDimensionsAndUnknownNames) {
  EXPECT_FALSE(conversion("ft", "mm/d"));
  EXPECT_FALSE(conversion("furlong", "m"));
}

TEST(Units, AMultipleMayStandBeforeAUnit) {
  EXPECT_DOUBLE_EQ(convert(123, "0.1 mm", "m"), 0.0123);
  EXPECT_DOUBLE_EQ(convert(215, "0.1 degC", "degC"), 21.5);
  EXPECT_DOUBLE_EQ(convert(7, "0.1 mm/d", "mm/d"), 0.7);
  EXPECT_EQ(find_unit("0.1 mm")->name, "mm");
  EXPECT_DOUBLE_EQ(convert(123, "0.1mm", "m"), 0.0123);
  EXPECT_EQ(find_unit("0.1mm")->name, "mm");
  EXPECT_FALSE(find_unit("-1 mm"));
  EXPECT_FALSE(find_unit("0 mm"));
  EXPECT_FALSE(find_unit("2 "));
}

TEST(Units, SpellingsOfOtherHousesAreKnown) {
  EXPECT_DOUBLE_EQ(convert(1, "mm day-1", "mm/d"), 1);
  EXPECT_DOUBLE_EQ(convert(1, "kg m-2 s-1", "mm/d"), 86400);
  EXPECT_DOUBLE_EQ(convert(21, "\u00b0C", "degC"), 21);
  EXPECT_DOUBLE_EQ(convert(2, "m\u00b3/s", "m3/s"), 2);
  EXPECT_DOUBLE_EQ(convert(1, "Feet", "m"), 0.3048);
  EXPECT_NEAR(convert(864, "J/cm2", "W/m2"), 100, 1e-12);
}

}  // namespace
}  // namespace phreatic::core
