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

}  // namespace
}  // namespace phreatic::core
